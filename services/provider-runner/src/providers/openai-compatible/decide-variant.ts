import type { JobErrorCode } from '@sluice/contracts';

/** In what form a call is made: each part may have to be another for a model or a server. */
export type Variant = {
  readonly endpoint: 'responses' | 'chat/completions';
  /** False once the provider has refused it: then the answer is asked for in words alone. */
  readonly responseFormat: boolean;
  readonly tokenLimit: 'max_tokens' | 'max_completion_tokens';
  /** Temperature, top-p and penalties. */
  readonly sampling: boolean;
};

/** A refusal, as far as it may mean that another form would do. */
export type Refusal = {
  readonly code: JobErrorCode;
  readonly status: number | null;
  /** The provider's own words: code, message and parameter. */
  readonly words: string;
};

const REFUSES =
  /(?:not|n't) support|unsupported|unavailable|not available|(?:unknown|unrecognized|unexpected) (?:request )?(?:parameter|argument|field|name|keyword)|unrecognized|extra inputs are not permitted/i;
/** The caller's own fault, which it must hear of: another form would only hide it. */
const BAD_VALUE =
  /invalid (?:json )?schema|must be (?:[<>≤≥]|less|greater|between|at (?:most|least)|in\b|within)|out of range|[<>]=/i;
const OTHER_ENDPOINT =
  /v1\/responses|v1\/chat\/completions|responses api|chat completions? (?:api|endpoint)|(?:endpoint|api|url|path|route)[^.]{0,40}(?:not (?:found|supported|exist)|unsupported)|not a chat model|(?:model|operation)[^.]{0,80}(?:not|un)\s?support/i;

/**
 * The form to try next after a refusal, or null when no other would help. Every part changes once at most (`changed`
 * holds what has been), so that a call is repeated a bounded number of times whatever the provider says.
 */
export function decideNextVariant(
  variant: Variant,
  { code, status, words }: Refusal,
  changed: ReadonlySet<keyof Variant>,
  wants: { readonly responseFormat: boolean },
): { readonly part: keyof Variant; readonly variant: Variant } | null {
  if (status !== 400 && status !== 404 && status !== 405 && status !== 422) return null;
  const change = (part: keyof Variant, next: Variant) => (changed.has(part) ? null : { part, variant: next });
  const refuses = REFUSES.test(words) && !BAD_VALUE.test(words);
  if (!BAD_VALUE.test(words) && /max_completion_tokens/.test(words) && /max_tokens/.test(words)) {
    const tokenLimit = variant.tokenLimit === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
    return change('tokenLimit', { ...variant, tokenLimit });
  }
  if (/temperature|top_p|(?:presence|frequency)_penalty/.test(words) && refuses) {
    return change('sampling', { ...variant, sampling: false });
  }
  const format = /response_format|json_schema|json_object|text\.format|structured output|json mode/i;
  if (wants.responseFormat && format.test(words) && refuses) {
    return change('responseFormat', { ...variant, responseFormat: false });
  }
  if (
    status === 404 ||
    status === 405 ||
    (code !== 'provider_context_too_long' && OTHER_ENDPOINT.test(words))
  ) {
    const endpoint = variant.endpoint === 'responses' ? 'chat/completions' : 'responses';
    return change('endpoint', { ...variant, endpoint });
  }
  return null;
}
