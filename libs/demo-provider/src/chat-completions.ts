import type { ServerResponse } from 'node:http';
import type { ChatRequest } from './chat-request.ts';
import { bodyParts, type Completion, complete, completionBody, streamParts } from './completion.ts';
import { errorBody, sendJson } from './openai-error.ts';
import { type Fault, NO_FAULT, type Script } from './script.ts';
import { cutOff, pause, sendParts } from './send-parts.ts';

export type Exchange = {
  readonly id: string;
  readonly request: ChatRequest;
  readonly authorization: string;
  readonly script: Script;
  /** False once the script's `times` calls have failed. */
  readonly failing: boolean;
  readonly res: ServerResponse;
};

const STREAM_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

/** Answers one authenticated, well-formed chat completion request as its script says. */
export async function answerChat(exchange: Exchange): Promise<void> {
  const { script, request, res } = exchange;
  const fault = exchange.failing ? script.fault : NO_FAULT;
  const silent = fault.stop !== null && fault.stop.how !== 'truncate' && fault.stop.after === 0;
  const streaming = request.stream && !silent && fault.status === null && !fault.echoKey && !fault.html;

  if (script.delayMs > 0) {
    if (streaming) {
      res.writeHead(200, STREAM_HEADERS).flushHeaders();
    }
    if (!(await pause(res, script.delayMs))) {
      return;
    }
  }
  if (fault.echoKey || fault.status !== null) {
    sendError(exchange, fault);
  } else if (fault.html) {
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    res.end('<!doctype html><title>Sign in</title><p>Please sign in to continue.</p>');
  } else if (silent) {
    if (fault.stop?.how === 'cut') {
      cutOff(res);
    }
  } else {
    const text = exchange.failing ? script.text : (script.later ?? script.text);
    const effective = { ...script, text, fault };
    await sendCompletion(exchange, complete(exchange.id, request, effective), fault);
  }
}

async function sendCompletion(exchange: Exchange, completion: Completion, fault: Fault): Promise<void> {
  const { request, script, res } = exchange;
  if (request.stream) {
    if (!res.headersSent) {
      res.writeHead(200, STREAM_HEADERS);
    }
    const parts = streamParts(completion, request.includeUsage, fault.malformed);
    await sendParts(res, parts, script.intervalMs, fault.stop);
    return;
  }
  const body = completionBody(completion, fault.malformed);
  if (fault.stop === null) {
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    res.end(body);
    return;
  }
  res.writeHead(200, { 'content-type': 'application/json' });
  await sendParts(res, bodyParts(body, Math.max(script.chunks ?? 10, fault.stop.after + 1)), 0, fault.stop);
}

function sendError({ res, authorization }: Exchange, fault: Fault): void {
  const status = fault.status ?? 401;
  const message = fault.echoKey
    ? `Incorrect API key provided: ${authorization}`
    : `The demo provider was asked to answer ${status}.`;
  const headers = fault.retryAfter === null ? {} : { 'retry-after': fault.retryAfter };
  sendJson(res, status, errorBody(status, message, fault.code), headers);
}
