import { AppError, type ChatResult, type DeltaContent, type Job, type JobError } from '@sluice/contracts';
import type { FastifyReply } from 'fastify';
import { type EventStream, openTextStream, type TextStream } from '../live/event-stream.ts';
import { type ChunkOptions, createChunks } from './chunks.ts';
import { errorFailure, jobFailure } from './job-failure.ts';
import { type OpenAiErrorAnswer, openAiErrorAnswer } from './openai-error.ts';

/**
 * How long the answer's status stays open before the first token, in milliseconds: a failure until then is an answer
 * with a status. Longer, and proxies would cut a connection on which nothing moves (nginx and AWS load balancers after
 * 60 s by default); from then on it carries comments, and a failure is an event.
 */
const HOLD_MS = 45_000;
const DONE = 'data: [DONE]\n\n';

export type ChunkStream = EventStream & {
  /** The answer, where it is no stream: nothing has been sent then. */
  readonly refusal: OpenAiErrorAnswer | undefined;
  /** It ended with an error while the job went on: nobody will see the rest. */
  readonly abandoned: boolean;
};

/**
 * A job's events as the OpenAI API streams a chat. That API has no word for an attempt that starts again: once output
 * was sent, a failed attempt ends the stream with an error.
 */
export function openChunkStream(
  reply: FastifyReply,
  options: ChunkOptions,
  { holdMs = HOLD_MS } = {},
): ChunkStream {
  const { raw: response, request } = reply;
  const chunks = createChunks(options);
  let text: TextStream | undefined;
  let refusal: OpenAiErrorAnswer | undefined;
  let open = !response.closed && !response.destroyed;
  let left = !open;
  let sent = false;
  let abandoned = false;
  let resolveClosed: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    resolveClosed = resolve;
  });
  const hold = setTimeout(start, holdMs).unref();
  const onClose = () => {
    left = open;
    settle();
  };
  if (open) response.once('close', onClose);
  else settle();

  function settle(): void {
    open = false;
    clearTimeout(hold);
    resolveClosed();
  }

  function start(): TextStream {
    if (text) return text;
    clearTimeout(hold);
    response.off('close', onClose);
    text = openTextStream(reply);
    const { closed: textClosed } = text;
    void textClosed.then(() => {
      left = text?.left === true;
      settle();
    });
    return text;
  }

  function send(objects: readonly object[]): void {
    start().write(objects.map((object) => `data: ${JSON.stringify(object)}\n\n`).join(''));
  }

  function fail(answer: OpenAiErrorAnswer): void {
    if (!open) return;
    if (text) {
      send([answer.body]);
      open = false;
      text.end();
    } else {
      refusal = answer;
      response.off('close', onClose);
      settle();
    }
  }

  function complete(result: ChatResult): void {
    send(chunks.finish(result));
    start().write(DONE);
    open = false;
    start().end();
  }

  /** The attempt that sent output is over, and the next one begins anew. */
  function startAgain(error: JobError): void {
    if (!sent) return;
    abandoned = true;
    fail(errorFailure({ ...error, message: `The answer broke off: ${error.message}` }));
  }

  /** What the reader of a job sends: each event's data is what its name says. */
  function take(event: string, data: object): void {
    if (event === 'delta') {
      sent = true;
      send(chunks.delta(data as DeltaContent));
    } else if (event === 'finished') {
      const job = data as Job;
      if (job.status === 'completed' && job.result) complete(job.result);
      else fail(jobFailure(job));
    } else if (event === 'retrying') {
      startAgain((data as { error: JobError }).error);
    } else if (event === 'started') {
      startAgain(LOST);
    }
  }

  return {
    closed,
    get open() {
      return open;
    },
    get left() {
      return left;
    },
    get refusal() {
      return refusal;
    },
    get abandoned() {
      return abandoned;
    },
    send: ({ event, data }) => {
      if (open) take(event, data);
    },
    /** By the gateway: it stops, the token was revoked, or the end of the job cannot be read. */
    end: () => fail(openAiErrorAnswer(CUT, request.id, true)),
  };
}

const LOST: JobError = {
  code: 'provider_unavailable',
  message: 'the runner that received it is gone.',
  retryable: true,
};
const CUT = new AppError(
  'unavailable',
  'The stream was ended; the job may go on. Its id is x-sluice-job-id.',
);
