import { SealingError } from './errors.ts';

/** What a provider key is sealed for. `origin` as `originOf` writes it. */
export type Binding = {
  readonly team: string;
  readonly profile: string;
  readonly slot: 'chat' | 'image';
  readonly provider: string;
  readonly origin: string;
};

/**
 * The HPKE additional data of a binding: version, team, profile, slot, provider and origin in UTF-8, joined
 * by line feeds. A part with a line feed, or with half a surrogate pair (UTF-8 would replace it), could pass
 * for another binding, and is refused with `binding_unusable`.
 */
export function additionalData(binding: Binding): Uint8Array {
  const parts = [binding.team, binding.profile, binding.slot, binding.provider, binding.origin];
  if (parts.some((part) => part.includes('\n') || !part.isWellFormed())) {
    throw new SealingError(
      'binding_unusable',
      'a part of the binding contains a line feed or is not Unicode',
    );
  }
  return new TextEncoder().encode(['v1', ...parts].join('\n'));
}

/**
 * `scheme://host:port` of an http or https base URL, default ports left out, host in lower case and punycode
 * (the WHATWG URL origin, so that a browser computes the same). Throws `binding_unusable`, without the URL,
 * because a URL can carry a password.
 */
export function originOf(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new SealingError('binding_unusable', 'the base URL is not an absolute http or https URL');
  }
  return url.origin;
}
