import type { ChatParams, ResponseFormat } from '@sluice/contracts';
import { askInWords, saysJson } from '../json-instruction.ts';
import type { ChatCall } from '../provider.ts';
import { effortFor, familyOf, isReasoningFamily, type ModelFamily } from './decide-model.ts';
import type { Variant } from './decide-variant.ts';
import type { Preset } from './presets.ts';

/** A call with everything decided that depends on the model, the vendor and what was refused before. */
export type WireRequest = Pick<ChatCall, 'model' | 'messages' | 'tools' | 'toolChoice' | 'stream'> & {
  readonly params: ChatParams;
  readonly responseFormat: ResponseFormat | undefined;
  readonly family: ModelFamily;
  readonly tokenLimit: Variant['tokenLimit'];
  readonly thinkingOff: boolean;
  readonly reasoningBack: boolean;
  readonly seedName: 'seed' | 'random_seed';
};

export function wireRequest(call: ChatCall, preset: Preset, variant: Variant): WireRequest {
  const family = familyOf(call.model);
  const { temperature, topP, presencePenalty, frequencyPenalty, reasoningEffort, ...others } = call.params;
  const sampling = { temperature, topP, presencePenalty, frequencyPenalty };
  const params = {
    ...others,
    ...(variant.sampling && sampling),
    reasoningEffort: effortFor(family, reasoningEffort),
  };
  const { model, tools, toolChoice, stream } = call;
  const format = call.responseFormat;
  const wantsJson = format !== undefined && format.type !== 'text';
  const inWords =
    wantsJson && (!variant.responseFormat || (format.type === 'json_object' && !saysJson(call.messages)));
  return {
    model,
    ...(tools && { tools }),
    ...(toolChoice && { toolChoice }),
    stream,
    messages: inWords ? [...askInWords(call.messages, format)] : call.messages,
    params: withoutUndefined(params),
    responseFormat: variant.responseFormat ? format : undefined,
    family,
    tokenLimit: variant.tokenLimit,
    thinkingOff: wantsJson && preset.thinkingSwitch === true,
    reasoningBack: preset.reasoningBack === true,
    seedName: preset.seedName ?? 'seed',
  };
}

/** The form in which a model is asked first. */
export function firstVariant(
  { model, responseFormat }: ChatCall,
  preset: Preset,
  prefersResponses: boolean,
): Variant {
  const reasons = isReasoningFamily(familyOf(model));
  const wantsJson = responseFormat !== undefined && responseFormat.type !== 'text';
  const responses = preset.responses === 'for json' ? wantsJson : prefersResponses;
  return {
    endpoint: responses ? 'responses' : 'chat/completions',
    responseFormat: true,
    tokenLimit: reasons ? 'max_completion_tokens' : 'max_tokens',
    sampling: !reasons,
  };
}

function withoutUndefined(params: { [Name in keyof ChatParams]: ChatParams[Name] | undefined }): ChatParams {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)) as ChatParams;
}
