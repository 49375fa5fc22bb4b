import { type Dispatcher, fetch as undiciFetch } from 'undici';
import { LIMIT, MAX_ANSWER_BYTES, MAX_ERROR_BYTES, MAX_WHOLE_ANSWER_BYTES } from '../answer-limits.ts';

/** What was seen of one HTTP answer while a package read it. */
export type FetchState = {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** The whole body came: what breaks afterwards was in the bytes. */
  ended: boolean;
  /** What broke beneath HTTP, or the reason of the abort. */
  broke?: unknown;
  /** An answer in the other form than was asked for: a whole one instead of a stream, or a stream instead. */
  other?: Response;
};

export type GuardedFetch = { readonly fetch: typeof globalThis.fetch; readonly state: FetchState };

/**
 * The only way out for a package: through our dispatcher, with its rules on addresses and its time to connect, never
 * following a redirect, which could lead the key anywhere, and with a bound on the answer's size.
 */
export function guardedFetch(
  dispatcher: Dispatcher,
  streamed: boolean,
  onBytes: () => void = () => undefined,
): GuardedFetch {
  const state: FetchState = { status: 0, headers: {}, ended: false };
  const guarded = async (input: unknown, init: unknown): Promise<Response> => {
    try {
      const answer = (await undiciFetch(input as string, {
        ...(init as object),
        dispatcher,
        redirect: 'manual',
      })) as unknown as Response;
      state.status = answer.status;
      state.headers = Object.fromEntries(answer.headers);
      const response = new Response(bounded(answer.body, state, onBytes), answer);
      if (answer.status === 200 && isStream(answer) !== streamed && isAnswer(answer)) {
        state.other = response;
        throw new Error('the answer has the other form');
      }
      return response;
    } catch (error) {
      state.broke ??= innermost(error);
      throw error;
    }
  };
  return { state, fetch: guarded as typeof globalThis.fetch };
}

const typeOf = ({ headers }: Response): string => headers.get('content-type') ?? '';
const isStream = (answer: Response): boolean => typeOf(answer).includes('stream');
const isAnswer = (answer: Response): boolean => isStream(answer) || typeOf(answer).includes('json');

function bounded(body: Response['body'], state: FetchState, onBytes: () => void): Response['body'] {
  if (!body) {
    state.ended = true;
    return null;
  }
  const reader = body.getReader();
  const whole = !(state.headers['content-type'] ?? '').includes('stream');
  let size = 0;
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          state.ended = true;
          controller.close();
          return;
        }
        size += value.length;
        if (state.status !== 200 && size > MAX_ERROR_BYTES) {
          state.ended = true;
          controller.close();
          await reader.cancel();
          return;
        }
        if (size > MAX_ANSWER_BYTES) throw LIMIT.size;
        if (whole && size > MAX_WHOLE_ANSWER_BYTES) throw LIMIT.wholeSize;
        onBytes();
        controller.enqueue(value);
      } catch (error) {
        state.broke ??= innermost(error);
        controller.error(error);
        await reader.cancel(error).catch(() => undefined);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** `fetch` wraps what broke: "fetch failed", "terminated". */
function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? innermost(error.cause) : error;
}
