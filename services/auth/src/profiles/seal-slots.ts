import type { ProfileBody, ProfilePatch, ProfileSettings, SealedKey, StoredKey } from '@sluice/contracts';
import { type Binding, originOf, type SealingPublicKey, seal } from '@sluice/sealing';
import {
  invalid,
  keyHintOf,
  type SlotRecord,
  type SlotRecords,
  type StoredProfile,
} from './decide-profile.ts';
import { decideSlots, type Place } from './decide-slots.ts';

/** The public keys of SEALING_PUBLIC_KEYS, the one to seal to first. */
export type SealingKeys = readonly [SealingPublicKey, ...SealingPublicKey[]];

type Given = { apiKey?: string | null | undefined; sealedKey?: SealedKey | undefined };

export type SlotsToSeal = {
  before: StoredProfile | null;
  after: { id: string; teamId: string; settings: ProfileSettings; baseUrl: string };
  request: ProfileBody | ProfilePatch;
};

/** What a profile's keys are bound to. */
function placeOf(
  settings: Pick<ProfileSettings, 'provider'> & { image?: object | undefined },
  baseUrl: string,
): Place {
  const { baseUrl: imageUrl = baseUrl } = (settings.image ?? {}) as { baseUrl?: string };
  return {
    provider: settings.provider,
    origins: { chat: originOf(baseUrl), image: originOf(imageUrl) },
  };
}

/**
 * The records of both slots: kept, sealed here, or sealed by the client (taken as they are: nobody but a runner can
 * open them). Throws as `decideSlots`, and `validation_failed` at `sealedKey.keyId` for a key that is not ours.
 */
export async function sealSlots(
  keys: SealingKeys,
  { before, after, request }: SlotsToSeal,
): Promise<SlotRecords> {
  const place = placeOf(after.settings, after.baseUrl);
  const given: { chat: Given; image: Given | null | undefined } = { chat: request, image: request.image };
  const actions = decideSlots({
    before: before && {
      place: placeOf(before, before.baseUrl),
      held: { chat: before.sealedKey !== undefined, image: before.image?.sealedKey !== undefined },
    },
    after: place,
    given,
  });

  const record = async (slot: 'chat' | 'image'): Promise<SlotRecord | null> => {
    if (actions[slot] === 'none') return null;
    if (actions[slot] === 'keep') return heldRecord(slot === 'chat' ? before : before?.image);
    const { apiKey, sealedKey } = given[slot] ?? {};
    if (sealedKey) return clientsRecord(keys, sealedKey, slot === 'chat' ? '' : 'image.');
    const { id: profile, teamId: team } = after;
    const binding: Binding = { team, profile, slot, provider: place.provider, origin: place.origins[slot] };
    const plain = apiKey ?? '';
    return { sealedKey: await seal(keys[0], binding, plain), keyHint: keyHintOf(plain) };
  };
  return { chat: await record('chat'), image: await record('image') };
}

function heldRecord(
  held: { sealedKey?: StoredKey | undefined; keyHint?: string | null | undefined } | null | undefined,
): SlotRecord | null {
  return held?.sealedKey ? { sealedKey: held.sealedKey, keyHint: held.keyHint ?? null } : null;
}

function clientsRecord(keys: SealingKeys, sealedKey: SealedKey, prefix: string): SlotRecord {
  if (keys.some(({ keyId }) => keyId === sealedKey.keyId)) return { sealedKey, keyHint: null };
  throw invalid({
    path: `${prefix}sealedKey.keyId`,
    message: 'is none of our keys; ask GET /api/keys/sealing again',
  });
}
