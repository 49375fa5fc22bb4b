import type { ChatParams } from '@sluice/contracts';

/** OpenAI's families, as far as their API differs; `other` is every other vendor's model. */
export type ModelFamily = 'o-series' | 'gpt-5' | 'gpt-5.1' | 'gpt-5.2' | 'gpt-4' | 'other';

/**
 * The family of a model by its name, also behind a vendor's prefix (`openai/o3`). `gpt-5-chat` and its like do not
 * reason, and take parameters as gpt-4 does (OpenAI's model pages).
 */
export function familyOf(model: string): ModelFamily {
  const name = nameOf(model);
  if (/^o[1-9](?:$|[-_.])/.test(name)) return 'o-series';
  if (/^gpt-5/.test(name)) {
    if (/-chat/.test(name)) return 'gpt-4';
    const minor = Number(/^gpt-5\.(\d+)/.exec(name)?.[1] ?? 0);
    return minor >= 2 ? 'gpt-5.2' : minor === 1 ? 'gpt-5.1' : 'gpt-5';
  }
  return /^(?:gpt-[34]|chatgpt-)/.test(name) ? 'gpt-4' : 'other';
}

/** Without a vendor's prefix and without OpenRouter's suffix (`openai/o3:free`). */
function nameOf(model: string): string {
  const name = model.slice(model.lastIndexOf('/') + 1).toLowerCase();
  return name.replace(/:.*$/, '');
}

/** OpenAI's guide prefers `/responses` for gpt-5 and the o-series: there reasoning is kept between calls. */
export function prefersResponses(model: string): boolean {
  return /^gpt-5/.test(nameOf(model)) || familyOf(model) === 'o-series';
}

/** Whether the model reasons before it answers, so that it takes `max_completion_tokens` and no sampling. */
export function isReasoningFamily(family: ModelFamily): boolean {
  return family === 'o-series' || family.startsWith('gpt-5');
}

type Effort = NonNullable<ChatParams['reasoningEffort']>;

/** What each family knows instead of an effort that it does not (OpenAI's reference of `reasoning.effort`). */
const EFFORTS: Readonly<Record<ModelFamily, Partial<Record<Effort, Effort | null>>>> = {
  'gpt-5.2': { minimal: 'none' },
  'gpt-5.1': { minimal: 'none', xhigh: 'high' },
  'gpt-5': { xhigh: 'high', none: 'minimal' },
  'o-series': { minimal: 'low', xhigh: 'high', none: null },
  'gpt-4': { none: null, minimal: null, low: null, medium: null, high: null, xhigh: null },
  other: {},
};

/** The effort in words that the model knows; undefined where it is to be left out. */
export function effortFor(family: ModelFamily, effort: ChatParams['reasoningEffort']): Effort | undefined {
  if (effort === undefined) return undefined;
  const mapped = EFFORTS[family][effort];
  return mapped === undefined ? effort : (mapped ?? undefined);
}
