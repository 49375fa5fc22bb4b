import type { SharedV4ProviderMetadata } from '@ai-sdk/provider';

/**
 * What a package wants back with a step of reasoning or a tool call (a signature, redacted content) is the vendor's
 * alone: it travels as the seal of the step, as JSON, unread.
 */
export function sealOf(name: string, metadata: SharedV4ProviderMetadata | undefined): string | undefined {
  const own = metadata?.[name];
  return own === undefined || Object.keys(own).length === 0 ? undefined : JSON.stringify(own);
}

/** The seal as the package gave it; nothing for one of another provider's. */
export function metadataOf(
  name: string,
  seal: string | undefined,
): { providerOptions?: SharedV4ProviderMetadata } {
  if (seal?.startsWith('{') !== true) return {};
  try {
    return { providerOptions: { [name]: JSON.parse(seal) as SharedV4ProviderMetadata[string] } };
  } catch {
    return {};
  }
}
