import { AppError, checkBaseUrl, getSealedProfile, type SealedProfile } from '@sluice/contracts';
import { call, type NatsConnection } from '@sluice/messaging';
import type { KeyRing } from '@sluice/sealing';
import type { Provider } from '../providers/provider.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import { type OpenedSlot, openSlot } from './open-slot.ts';
import type { LoadProfile } from './profile-cache.ts';

/** A profile that can be called: its key in plain text lives here and nowhere else. */
export type CallableProfile = {
  /** Its keys still sealed. */
  readonly profile: SealedProfile;
  readonly provider: Provider;
  /** Empty where the provider asks for none. */
  readonly apiKey: string;
  /** Where images go, opened when it is first asked for. Throws as the profile itself. */
  readonly image: () => Promise<OpenedSlot>;
};

export type OpenProfileDeps = {
  readonly nc: NatsConnection;
  readonly ring: KeyRing;
  readonly providers: ProviderRegistry;
  readonly allowedHosts: readonly string[];
};

/**
 * Fetches profiles from auth and opens their chat keys. Throws AppError `profile_unavailable` (retryable only while
 * auth does not answer) and `key_unreadable`. The address is checked again before the key is opened: a record that got
 * past auth must not make a runner call a private host.
 */
export function openProfiles(deps: OpenProfileDeps): LoadProfile {
  return async (teamId, profileId, requestId) => {
    const profile = await fetchSealed(deps.nc, teamId, profileId, requestId);
    const fault = checkBaseUrl(profile.baseUrl, deps.allowedHosts);
    if (fault !== null) throw unusable(`The profile's base URL ${fault}.`);
    const provider = deps.providers(profile.provider);
    if (!provider) throw unusable(`The provider ${profile.provider} cannot be called yet.`);
    const { apiKey } = await openSlot(deps.ring, { teamId, profileId }, profile, 'chat');
    let image: Promise<OpenedSlot> | undefined;
    const openImage = async (): Promise<OpenedSlot> => {
      const refused = checkBaseUrl(profile.image?.baseUrl ?? profile.baseUrl, deps.allowedHosts);
      if (refused !== null) throw unusable(`The profile's base URL for images ${refused}.`);
      return openSlot(deps.ring, { teamId, profileId }, profile, 'image');
    };
    return {
      profile,
      provider,
      apiKey,
      image: () => {
        image ??= openImage();
        return image;
      },
    };
  };
}

async function fetchSealed(
  nc: NatsConnection,
  teamId: string,
  profileId: string,
  requestId: string,
): Promise<SealedProfile> {
  try {
    return await call(nc, getSealedProfile, { teamId, profileId }, { requestId });
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'not_found') {
      throw new AppError('profile_unavailable', 'The profile no longer exists.', { cause, retryable: false });
    }
    throw new AppError('profile_unavailable', 'The profile cannot be read at the moment.', { cause });
  }
}

const unusable = (message: string): AppError =>
  new AppError('profile_unavailable', message, { retryable: false });
