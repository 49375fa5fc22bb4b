import { AppError, KEYLESS_PROVIDERS, type SealedProfile } from '@sluice/contracts';
import { type Binding, type KeyRing, open, originOf, SealingError } from '@sluice/sealing';

/** Where one kind of work of a profile goes, and with which key; empty where the provider asks for none. */
export type OpenedSlot = { readonly baseUrl: string; readonly model: string; readonly apiKey: string };

/**
 * Opens a profile's key for text or for images; an image key is opened by nobody else. Images without a key of their
 * own use the chat key, at the chat key's origin alone. The binding is made of the team and profile that were asked
 * for, not of those in the answer: a record of another tenant does not open. Throws AppError `key_unreadable`.
 */
export async function openSlot(
  ring: KeyRing,
  asked: { readonly teamId: string; readonly profileId: string },
  profile: SealedProfile,
  slot: Binding['slot'],
): Promise<OpenedSlot> {
  const { provider, baseUrl: chatUrl, image, params } = profile;
  const own = slot === 'image' ? image?.sealedKey : profile.sealedKey;
  const baseUrl = slot === 'image' ? (image?.baseUrl ?? chatUrl) : chatUrl;
  const model = slot === 'image' ? (image?.model ?? params?.imageModel ?? profile.model) : profile.model;
  const sameOrigin = originOf(baseUrl) === originOf(chatUrl);
  const sealedKey = own ?? (sameOrigin ? profile.sealedKey : undefined);
  if (!sealedKey) {
    if (KEYLESS_PROVIDERS.includes(provider)) return { baseUrl, model, apiKey: '' };
    throw unreadable(`The profile has no provider key for ${slot === 'image' ? 'images' : 'text'}.`);
  }
  const binding: Binding = {
    team: asked.teamId,
    profile: asked.profileId,
    slot: own ? slot : 'chat',
    provider,
    origin: originOf(baseUrl),
  };
  try {
    return { baseUrl, model, apiKey: await open(ring, binding, sealedKey) };
  } catch (cause) {
    if (!(cause instanceof SealingError)) throw cause;
    throw unreadable("The profile's provider key cannot be opened; store it again.", cause);
  }
}

function unreadable(message: string, cause?: SealingError): AppError {
  return new AppError('key_unreadable', message, { cause });
}
