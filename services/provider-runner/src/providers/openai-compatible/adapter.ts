import { OPENAI_USAGE } from '../../cost/decide-cost.ts';
import { apiUrl } from '../api-url.ts';
import { type AdapterDeps, exchangeChat, type WireChat } from '../chat-exchange.ts';
import { type ChatAnswer, type ChatCall, type ChatOutcome, failed, type Provider } from '../provider.ts';
import { readCompletion, readCompletionStream } from './chat-completions/read-answer.ts';
import { completionRequest } from './chat-completions/to-request.ts';
import { prefersResponses } from './decide-model.ts';
import { decideNextVariant, type Variant } from './decide-variant.ts';
import { embed, hasEmbeddings } from './embeddings/embed.ts';
import { failureOfAnswer } from './errors.ts';
import { makeImages } from './images/images.ts';
import { keyHeaderOf, type Preset } from './presets.ts';
import { readResponse, readResponseStream } from './responses/read-answer.ts';
import { responsesRequest } from './responses/to-request.ts';
import { createVariantMemory, type VariantMemory } from './variant-memory.ts';
import { firstVariant, wireRequest } from './wire-request.ts';

/** A provider that speaks OpenAI's API, by `/responses` or `/chat/completions`, whichever a model wants. */
export function createOpenAiCompatible(preset: Preset, deps: AdapterDeps): Provider {
  const memory = createVariantMemory();
  return {
    usageBasis: { ...OPENAI_USAGE, outputHoldsReasoning: preset.reasoningApart !== true },
    chat: (call) => chat({ preset, deps, memory }, call),
    ...(preset.images && { images: (call) => makeImages(preset, deps, call) }),
    ...(hasEmbeddings(preset) && { embed: (call) => embed(preset, deps, call) }),
  };
}

type Adapter = { readonly preset: Preset; readonly deps: AdapterDeps; readonly memory: VariantMemory };

type Failed = Extract<ChatOutcome, { ok: false }>;

/** Asks, and after a refusal asks again in another form, each part of which changes once at most. */
async function chat({ preset, deps, memory }: Adapter, call: ChatCall): Promise<ChatOutcome> {
  const { baseUrl, model } = call;
  const wants = { responseFormat: call.responseFormat !== undefined && call.responseFormat.type !== 'text' };
  const asked = { baseUrl, model, format: call.responseFormat?.type };
  const first = firstVariant(call, preset, prefersResponses(model));
  let variant: Variant = { ...first, ...memory.changesFor(asked) };
  const changed = new Set<keyof Variant>();
  let beforeOther: Failed | undefined;
  for (;;) {
    const outcome = await exchangeChat(deps, call, wireOf(call, preset, variant));
    if (outcome.ok) {
      memory.keep(asked, variant, changed);
      const dropped = wants.responseFormat && !variant.responseFormat;
      const reasoning = preset.reasoningBack && unsealedOf(outcome.answer);
      return {
        ok: true,
        answer: { ...outcome.answer, ...reasoning, ...(dropped && { responseFormatDropped: true }) },
      };
    }
    const { error } = outcome.failure;
    const words = [error.provider?.code, error.provider?.message].join(' ');
    const refusal = { code: error.code, status: error.provider?.status ?? null, words };
    const next = decideNextVariant(variant, refusal, changed, wants);
    // The other endpoint did not help: what the first one said is what the caller can act on.
    if (next === null) return endpointRefused(refusal.status) ? (beforeOther ?? outcome) : outcome;
    if (next.part === 'endpoint') beforeOther = outcome;
    changed.add(next.part);
    variant = next.variant;
  }
}

/** Reasoning without a seal, for a vendor that wants it back all the same. */
function unsealedOf({ reasoning, reasoningText }: ChatAnswer): Pick<ChatAnswer, 'reasoning'> {
  return reasoning || reasoningText === null ? {} : { reasoning: [{ text: reasoningText }] };
}

const endpointRefused = (status: number | null): boolean =>
  status === 404 || status === 405 || status === 400;

function wireOf(call: ChatCall, preset: Preset, variant: Variant): WireChat {
  const { baseUrl, model, apiKey } = call;
  const request = wireRequest(call, preset, variant);
  const context = { model, apiKey };
  const byResponses = variant.endpoint === 'responses';
  return {
    url: apiUrl(baseUrl, preset.version, `/${variant.endpoint}`),
    headers: keyHeaderOf(preset, apiKey),
    body: byResponses ? responsesRequest(request) : completionRequest(request),
    openStream: (onDelta) =>
      byResponses
        ? readResponseStream({ ...context, onDelta })
        : readCompletionStream({ ...context, onDelta }),
    readBody: (text) => (byResponses ? readResponse(text, context) : readCompletion(text, context)),
    readError: (status, headers, text) => failed(failureOfAnswer(status, headers, text, apiKey)),
  };
}
