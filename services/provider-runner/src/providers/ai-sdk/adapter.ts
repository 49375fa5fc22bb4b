import { APICallError, type LanguageModelV4, UnsupportedFunctionalityError } from '@ai-sdk/provider';
import { failure } from '../../job/failure.ts';
import { type AnswerBuilder, buildAnswer } from '../answer-builder.ts';
import { failureOfLimit, watchAnswer } from '../answer-limits.ts';
import type { AdapterDeps } from '../chat-exchange.ts';
import { failureOfBreak } from '../connection-failures.ts';
import { isHtml } from '../http-exchange.ts';
import { type ChatCall, type ChatOutcome, failed, type Provider } from '../provider.ts';
import { type FetchState, type GuardedFetch, guardedFetch } from './guarded-fetch.ts';
import { type PartsContext, partReader, readGenerated } from './read-parts.ts';
import { callOptions } from './to-prompt.ts';
import type { AiSdkVendor } from './vendor.ts';

/**
 * A vendor by its `@ai-sdk/*` package, which knows the vendor's form; everything else is ours: connections, time-outs,
 * sizes, the meaning of errors and ends. The packages repeat nothing themselves (that is the work of `ai`).
 */
export function createAiSdkProvider(vendor: AiSdkVendor, deps: AdapterDeps): Provider {
  return {
    usageBasis: vendor.usageBasis,
    async chat(call) {
      const outcome = await chat(vendor, deps, call);
      const inWords = call.responseFormat?.type === 'json_object';
      return outcome.ok && inWords
        ? { ok: true, answer: { ...outcome.answer, responseFormatDropped: true } }
        : outcome;
    },
  };
}

async function chat(vendor: AiSdkVendor, deps: AdapterDeps, call: ChatCall): Promise<ChatOutcome> {
  call.signal.throwIfAborted();
  const stop = new AbortController();
  const watch = call.stream ? watchAnswer(deps, (reason) => stop.abort(reason)) : undefined;
  const answer = buildAnswer({
    model: call.model,
    apiKey: vendor.secretOf(call.apiKey),
    onDelta: (content) => {
      watch?.spoke();
      if (call.stream) call.onDelta(content);
    },
  });
  const guarded = guardedFetch(deps.dispatcher, call.stream, () => watch?.came());
  const signal = AbortSignal.any([call.signal, stop.signal]);
  const ask = { vendor, call, signal, answer };
  try {
    return await run(ask, guarded, call.stream).catch((error: unknown) => {
      const { other } = guarded.state;
      if (!other) throw error;
      delete guarded.state.broke;
      delete guarded.state.other;
      return run(ask, { state: guarded.state, fetch: async () => other }, !call.stream);
    });
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    return failed(failureOfLimit(stop.signal.reason) ?? failureOf(error, vendor, call, guarded.state));
  } finally {
    watch?.end();
    // Whatever way it ended, nothing more of the answer is read.
    stop.abort();
  }
}

type Ask = {
  readonly vendor: AiSdkVendor;
  readonly call: ChatCall;
  readonly signal: AbortSignal;
  readonly answer: AnswerBuilder;
};

async function run(
  { vendor, call, signal, answer }: Ask,
  { fetch, state }: GuardedFetch,
  streamed: boolean,
): Promise<ChatOutcome> {
  const model: LanguageModelV4 = await vendor.model(call, fetch);
  const context: PartsContext = vendor;
  const options = callOptions(call, vendor.name, signal);
  if (!streamed) {
    const broken = readGenerated(await model.doGenerate(options), context, answer);
    return broken ? failed(broken) : answer.outcome();
  }
  const { stream } = await model.doStream(options);
  const read = partReader(context, answer);
  for await (const part of stream) {
    if (part.type === 'error') {
      answer.outcome();
      // Told before the stream is left, which breaks the answer off.
      return failed(failureOf(part.error, vendor, call, state));
    }
    const broken = read(part);
    answer.flush();
    if (broken) return failed(broken);
  }
  return answer.outcome();
}

/** What a package throws, or puts into its stream, told by what was seen of the HTTP answer. */
function failureOf(error: unknown, vendor: AiSdkVendor, call: ChatCall, state: FetchState) {
  const limit = failureOfLimit(state.broke);
  if (limit) return limit;
  if (state.broke !== undefined) return failureOfBreak(state.broke, state.status === 200);
  if (state.status !== 0 && state.status !== 200) {
    const text = APICallError.isInstance(error) ? (error.responseBody ?? '') : '';
    return vendor.failureOfAnswer(state.status, state.headers, text, call.apiKey);
  }
  if (UnsupportedFunctionalityError.isInstance(error)) {
    return failure('provider_invalid_request', `The provider cannot be asked this: ${error.message}`);
  }
  const inside = state.status === 200 ? vendor.failureInside(error, call.apiKey) : undefined;
  if (inside) return inside;
  if (state.status !== 200) return failure('internal', "The call could not be put into the provider's form.");
  if (isHtml(state.headers)) {
    return failure('provider_malformed', 'The provider answered 200 with a web page.');
  }
  // The last thing in a body that cannot be read to its end was cut off.
  return call.stream && state.ended
    ? failure('provider_truncated', "The provider's answer ended in the middle.")
    : failure('provider_malformed', 'The provider answered 200 in a form that is not of its API.');
}
