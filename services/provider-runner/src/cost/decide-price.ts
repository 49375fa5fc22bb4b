import type { SealedProfile } from '@sluice/contracts';
import type { Price } from './decide-cost.ts';

/** What a vendor asks for a million tokens, in USD, at its own address and in its standard tier. */
export type ListedPrice = {
  /** The whole name of the model, a date at its end left out. */
  readonly model: RegExp;
  readonly input: number;
  /** Left out where the vendor has no such price. */
  readonly cachedInput?: number;
  readonly output: number;
  /** What the whole call costs where its input has more tokens than this. */
  readonly long?: {
    readonly above: number;
    readonly input: number;
    readonly cachedInput: number;
    readonly output: number;
  };
};

export type PriceList = {
  /** Of the vendor's API. A proxy, or another region, has prices of its own. */
  readonly origin: string;
  readonly source: string;
  /** When the prices were last known to stand there. */
  readonly date: string;
  readonly prices: readonly ListedPrice[];
};

/**
 * The price of a model: what the profile says, else what the vendor's list says for calls to the vendor's own address.
 * Null where neither says any. `inputTokens` are all of the call's, those from the cache too.
 */
export function decidePrice(
  lists: readonly PriceList[],
  { pricing, origin }: { readonly pricing: SealedProfile['pricing']; readonly origin: string },
  call: { readonly models: readonly string[]; readonly inputTokens: number },
): Price | null {
  if (pricing) return pricing;
  const list = lists.find((one) => one.origin === origin);
  if (!list) return null;
  for (const name of call.models) {
    const listed = list.prices.find(({ model }) => model.test(withoutDate(name)));
    if (!listed) continue;
    const { long } = listed;
    return { ...(long && call.inputTokens > long.above ? long : listed), currency: 'USD' };
  }
  return null;
}

/** Vendors name a version of a model by its date: `gpt-4.1-2025-04-14`, `claude-haiku-4-5-20251001`. */
function withoutDate(model: string): string {
  return model.replace(/^models\//, '').replace(/-(\d{4}-\d{2}-\d{2}|\d{8})$/, '');
}
