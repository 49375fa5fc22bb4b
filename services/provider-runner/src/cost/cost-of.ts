import type { Command, Cost, SealedProfile } from '@sluice/contracts';
import { originOf } from '@sluice/sealing';
import type { Used } from '../job/failure.ts';
import { modelFor } from '../job/model-for.ts';
import type { Provider } from '../providers/provider.ts';
import { decideCost, OPENAI_USAGE } from './decide-cost.ts';
import { decidePrice } from './decide-price.ts';
import { PRICE_LISTS } from './prices.ts';

/**
 * What a call cost by its profile, or null. The profile's own prices are those of its own model, and say nothing of
 * another one that the caller named. Images are billed by the piece or by tokens of their own, so that the prices
 * of text say nothing of them.
 */
export function costOf(
  used: Used | null,
  { profile, provider }: { readonly profile: SealedProfile; readonly provider: Provider },
  command: Pick<Command, 'kind' | 'aiProfileId' | 'model'>,
): Cost | null {
  if (!used || command.kind === 'image') return null;
  const { usage, model } = used;
  const basis = provider.usageBasis ?? OPENAI_USAGE;
  const apart = (basis.inputHoldsCached ? 0 : (usage.cachedInputTokens ?? 0)) + (usage.cacheWriteTokens ?? 0);
  const asked = modelFor(command, profile);
  const price = decidePrice(
    PRICE_LISTS,
    { pricing: asked === profile.model ? profile.pricing : undefined, origin: originOf(profile.baseUrl) },
    { models: [model, asked], inputTokens: (usage.inputTokens ?? 0) + apart },
  );
  return decideCost(usage, price, { basis, hasOutput: command.kind !== 'embedding' });
}
