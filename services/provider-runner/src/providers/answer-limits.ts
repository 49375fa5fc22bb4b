import { type Failure, failure } from '../job/failure.ts';

/** Of a streamed answer, which is read as it comes. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Of a whole chat answer, which is read at once while every other call of the process waits. */
export const MAX_WHOLE_ANSWER_BYTES = 16 * 1024 * 1024;
/** Of an answer that is no success: what comes after it is not read. */
export const MAX_ERROR_BYTES = 1024 * 1024;

/** Why an answer was not waited for: the abort reasons of a call. */
export const LIMIT = {
  firstToken: new Error('nothing came in time'),
  idle: new Error('nothing more came in time'),
  size: new Error('the answer is too large'),
  wholeSize: new Error('the whole answer is too large'),
} as const;

/** What a call that ended with one of the limits failed of; undefined for any other error. */
export function failureOfLimit(error: unknown): Failure | undefined {
  if (error === LIMIT.firstToken) {
    return failure('provider_first_token_timeout', 'The provider sent no token in time.');
  }
  if (error === LIMIT.idle) {
    return failure('provider_idle_timeout', 'The provider stopped sending in the middle of its answer.');
  }
  if (error === LIMIT.wholeSize) {
    return failure('provider_malformed', "The provider's answer is larger than 16 MB.");
  }
  return error === LIMIT.size
    ? failure('provider_malformed', "The provider's answer is larger than 64 MB.")
    : undefined;
}

/** Watches over a streamed answer: `stop` is called with the limit that passed. Times in milliseconds. */
export type AnswerWatch = {
  /** A delta was handed on: from the first one on the time between tokens counts. */
  spoke(): void;
  /** Bytes came, of whatever kind. */
  came(): void;
  end(): void;
};

export function watchAnswer(
  { firstTokenMs, idleMs }: { readonly firstTokenMs: number; readonly idleMs: number },
  stop: (reason: Error) => void,
): AnswerWatch {
  let silent = true;
  let timer = setTimeout(() => stop(LIMIT.firstToken), firstTokenMs);
  return {
    spoke() {
      if (!silent) return;
      silent = false;
      clearTimeout(timer);
      timer = setTimeout(() => stop(LIMIT.idle), idleMs);
    },
    came() {
      if (!silent) timer.refresh();
    },
    end: () => clearTimeout(timer),
  };
}
