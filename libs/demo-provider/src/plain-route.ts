import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ChatDeps } from './chat-route.ts';
import { errorBody, sendJson } from './openai-error.ts';
import { readCall, recordCall } from './record-call.ts';
import { parseScript } from './script.ts';
import { pause } from './send-parts.ts';

/** The body of an answer to a JSON body, or what is wrong with it. */
export type Answering = (body: Readonly<Record<string, unknown>>) => { answer: object } | { fault: string };

/**
 * A route with whole answers, steered by `key`, `delay`, `status` (with `code`, `retry-after` and `times`) in the
 * model's name.
 */
export async function plainRoute(
  { log, attempts }: ChatDeps,
  req: IncomingMessage,
  res: ServerResponse,
  answering: Answering,
): Promise<void> {
  const call = await readCall(req);
  const body = (call.body ?? {}) as Readonly<Record<string, unknown>>;
  const model = String(body['model'] ?? '');
  const parsed = parseScript(model);
  const label = 'script' in parsed ? parsed.script.label : null;
  recordCall(log, req, res, { ...call, label, model, stream: false });

  if (call.token === null) {
    return sendJson(res, 401, errorBody(401, "You didn't provide an API key as a bearer token."));
  }
  if (model === '')
    return sendJson(res, 400, errorBody(400, 'you must provide a model parameter', null, 'model'));
  if ('fault' in parsed) return sendJson(res, 400, errorBody(400, parsed.fault, null, 'model'));
  const { script } = parsed;
  const { status, code, retryAfter } = script.fault;
  const failing = attempts.stillFailing(call.token, model, script);
  if (script.delayMs > 0 && !(await pause(res, script.delayMs))) return;
  if (status !== null && failing) {
    const headers = retryAfter === null ? {} : { 'retry-after': retryAfter };
    const message = `The demo provider was asked to answer ${status}.`;
    return sendJson(res, status, errorBody(status, message, code), headers);
  }
  const answered = answering(body);
  if ('fault' in answered) return sendJson(res, 400, errorBody(400, answered.fault));
  sendJson(res, 200, answered.answer);
}
