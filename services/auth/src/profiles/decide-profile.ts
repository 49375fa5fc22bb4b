import {
  AppError,
  type ErrorDetail,
  type ProfileSettings,
  type SealedProfile,
  type StoredKey,
  USUAL_BASE_URLS,
} from '@sluice/contracts';

/**
 * A profile as it is stored, in collection `profiles` (`id` as `_id`). Keys lie in `sealedKey` and `image.sealedKey`
 * alone; a slot without one has no key of its own. Re-sealing finds and replaces them by these names: replace a record
 * on the condition that it is still the one that was read. `version` may stay then, since clients see no change, but
 * the profile's `changed` event must go out.
 */
export type StoredProfile = Omit<SealedProfile, 'createdAt' | 'updatedAt'> & {
  createdAt: Date;
  updatedAt: Date;
};

/** A slot's sealed key, and what of it may be shown: nothing when a client sealed it. */
export type SlotRecord = { sealedKey: StoredKey; keyHint: string | null };
export type SlotRecords = { chat: SlotRecord | null; image: SlotRecord | null };

export type ProfileParts = {
  identity: Pick<StoredProfile, 'id' | 'teamId' | 'version' | 'createdAt' | 'updatedAt'>;
  settings: ProfileSettings;
  /** In force: the settings' own or the provider's. */
  baseUrl: string;
  keys: SlotRecords;
};

/** A profile from its parts. What says nothing, such as `params: {}`, is left out. */
export function profileOf({ identity, settings, baseUrl, keys }: ProfileParts): StoredProfile {
  const { name, provider, model, params, pricing, fallbackProfileIds, limits } = settings;
  const image = { ...settings.image, ...keys.image };
  return {
    id: identity.id,
    teamId: identity.teamId,
    name,
    provider,
    model,
    baseUrl,
    ...(isFilled(params) && { params }),
    keyHint: keys.chat?.keyHint ?? null,
    ...(keys.chat && { sealedKey: keys.chat.sealedKey }),
    ...(isFilled(image) && { image }),
    ...(pricing && { pricing }),
    ...(isFilled(fallbackProfileIds) && { fallbackProfileIds }),
    ...(isFilled(limits) && { limits }),
    version: identity.version,
    createdAt: identity.createdAt,
    updatedAt: identity.updatedAt,
  };
}

/**
 * What a stored profile says, as a client would write it: a base URL that is the provider's usual one is left out, so
 * that it follows when the provider changes.
 */
export function settingsOf(profile: StoredProfile): ProfileSettings {
  const { name, provider, model, baseUrl, params, image, pricing, fallbackProfileIds, limits } = profile;
  const { keyHint: _hint, sealedKey: _key, ...imageSettings } = image ?? {};
  return {
    name,
    provider,
    model,
    ...(baseUrl !== USUAL_BASE_URLS[provider] && { baseUrl }),
    ...(params && { params }),
    ...(image && { image: imageSettings }),
    ...(pricing && { pricing }),
    ...(fallbackProfileIds && { fallbackProfileIds }),
    ...(limits && { limits }),
  };
}

function isFilled<Value extends object>(value: Value | undefined): value is Value {
  return value !== undefined && Object.keys(value).length > 0;
}

const HINT_LENGTH = 4;
/** Below this many characters a hint would give away too much of the key. */
const HINTED_KEY_LENGTH = 8;

/** A key's last four characters; null for a key so short that they would be most of it. */
export function keyHintOf(apiKey: string): string | null {
  return apiKey.length < HINTED_KEY_LENGTH ? null : apiKey.slice(-HINT_LENGTH);
}

export function profileNotFound(): AppError {
  return new AppError('not_found', 'There is no such AI profile.');
}

/** `validation_failed` with every fault by its dotted path. */
export function invalid(...details: readonly ErrorDetail[]): AppError {
  const message = details.map((fault) => `${fault.path}: ${fault.message}`).join('; ');
  return new AppError('validation_failed', message, { details: [...details] });
}
