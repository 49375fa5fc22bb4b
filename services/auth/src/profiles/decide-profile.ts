import {
  AppError,
  CALLABLE_PROVIDERS,
  checkBaseUrl,
  type Profile,
  type ProfileBody,
  type SealedKey,
} from '@sluice/contracts';

/** A profile as it is stored. */
export type StoredProfile = Omit<Profile, 'createdAt' | 'updatedAt'> & {
  teamId: string;
  sealedKey: SealedKey;
  createdAt: Date;
  updatedAt: Date;
};

/**
 * The base URL in force for a new profile: its own, or its provider's. Throws AppError `validation_failed`
 * naming `provider` (runners cannot call it yet) or `baseUrl` (missing, or not allowed).
 */
export function decideBaseUrl(
  { provider, baseUrl }: Pick<ProfileBody, 'provider' | 'baseUrl'>,
  allowedHosts: readonly string[],
): string {
  const usual = CALLABLE_PROVIDERS[provider];
  if (usual === undefined) throw invalid('provider', `${provider} cannot be called yet`);
  const inForce = baseUrl ?? usual;
  if (inForce === null) throw invalid('baseUrl', `is required for ${provider}`);
  const fault = baseUrl === undefined ? null : checkBaseUrl(baseUrl, allowedHosts);
  if (fault !== null) throw invalid('baseUrl', fault);
  return inForce;
}

export type NewProfile = {
  id: string;
  teamId: string;
  body: ProfileBody;
  baseUrl: string;
  sealedKey: SealedKey;
  now: Date;
};

/** A new profile, without its key in plain text. */
export function decideProfile({ id, teamId, body, baseUrl, sealedKey, now }: NewProfile): StoredProfile {
  const { name, provider, model, params, apiKey } = body;
  return {
    id,
    teamId,
    name,
    provider,
    model,
    baseUrl,
    ...(params && { params }),
    keyHint: keyHintOf(apiKey),
    sealedKey,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
}

const HINT_LENGTH = 4;
/** Below this many characters a hint would give away too much of the key. */
const HINTED_KEY_LENGTH = 8;

/** A key's last four characters; nothing of a key so short that they would be most of it. */
export function keyHintOf(apiKey: string): string {
  return apiKey.length < HINTED_KEY_LENGTH ? '' : apiKey.slice(-HINT_LENGTH);
}

export function profileNotFound(): AppError {
  return new AppError('not_found', 'There is no such AI profile.');
}

function invalid(path: string, message: string): AppError {
  return new AppError('validation_failed', `${path}: ${message}`, { details: [{ path, message }] });
}
