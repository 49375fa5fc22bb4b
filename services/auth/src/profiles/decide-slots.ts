import { type ErrorDetail, KEYLESS_PROVIDERS, type Provider } from '@sluice/contracts';
import { invalid } from './decide-profile.ts';

/** What a profile's keys are bound to beside its team and id. The image slot's origin is the one in force. */
export type Place = { provider: Provider; origins: { chat: string; image: string } };

/** What a request says of a slot's key: a new one, null for "no longer", or nothing. */
export type KeyGiven = { apiKey?: string | null | undefined; sealedKey?: object | undefined };

export type SlotQuestion = {
  before: { place: Place; held: { chat: boolean; image: boolean } } | null;
  after: Place;
  given: { chat: KeyGiven; image: KeyGiven | null | undefined };
};

/** `seal` the key that was given, `keep` the record as it is, or have `none`. */
export type SlotAction = 'seal' | 'keep' | 'none';

/**
 * What becomes of a profile's two keys. A key stays where it was given to: when the provider or the origin of its slot
 * changes, it has to be given again, so that nobody sends it elsewhere by editing a profile (its record would not open
 * there either). Images without a key of their own use the chat key, which needs the same origin.
 * Throws AppError `validation_failed` naming `apiKey`, `sealedKey`, `image.apiKey` or `image.sealedKey`.
 */
export function decideSlots({ before, after, given }: SlotQuestion): { chat: SlotAction; image: SlotAction } {
  const faults: ErrorDetail[] = [];
  const keyless = KEYLESS_PROVIDERS.includes(after.provider);

  const decide = (slot: 'chat' | 'image', key: KeyGiven, needed: string | null): SlotAction => {
    const prefix = slot === 'chat' ? '' : 'image.';
    const fault = (field: string, message: string) => faults.push({ path: prefix + field, message });
    if (typeof key.apiKey === 'string' && key.sealedKey)
      fault('sealedKey', 'give either apiKey or sealedKey');
    if (typeof key.apiKey === 'string' || key.sealedKey) return 'seal';
    if (before?.held[slot] && key.apiKey !== null) {
      const { provider, origins } = before.place;
      if (provider === after.provider && origins[slot] === after.origins[slot]) return 'keep';
      fault('apiKey', 'must be given again, because the provider or the host of its base URL changes');
    } else if (needed !== null) fault('apiKey', needed);
    return 'none';
  };

  const chat = decide('chat', given.chat, keyless ? null : `is required for ${after.provider}`);
  const apart = !keyless && after.origins.image !== after.origins.chat;
  const image =
    given.image === null
      ? 'none'
      : decide(
          'image',
          given.image ?? {},
          apart ? 'is required where images come from another host than text' : null,
        );
  if (faults.length > 0) throw invalid(...faults);
  return { chat, image };
}
