/**
 * A seal that Anthropic or Gemini may be sent: both seal in base64. What other adapters send out has a form of its own
 * that no base64 has, and is left behind when a conversation changes its provider: OpenAI's `rs_…:…`, and the JSON of
 * the `@ai-sdk/*` packages.
 */
export function base64Seal(seal: string | undefined): string | undefined {
  return seal === undefined || /[:{]/.test(seal) ? undefined : seal;
}
