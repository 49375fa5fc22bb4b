import { type KeyObject, verify } from 'node:crypto';
import { EVENT_SKEW_MS, eventClaimsSchema, eventHeaderSchema, signedEventSchema } from '@sluice/contracts';

export type EventTrust = {
  /** The subject that the event came on. */
  readonly subject: string;
  /** The Ed25519 public key of a `kid` that is trusted already. */
  readonly keyOf: (kid: string) => KeyObject | undefined;
  /** In milliseconds. */
  readonly now: number;
};

/** What an event says, or why nothing that it says may be believed. */
export type OpenedEvent = { readonly body: unknown } | { readonly refused: string };

/**
 * Opens an event of auth (signedEventSchema): one signature by a trusted key is enough, so that whoever knows only the
 * key before a rotation learns of the next. Nothing is waited for: an event is effective before the message after it,
 * which may be the answer that a revocation precedes.
 */
export function openEvent(text: string, { subject, keyOf, now }: EventTrust): OpenedEvent {
  const event = signedEventSchema.safeParse(json(text)).data;
  if (event === undefined) return { refused: 'it is not signed' };
  const { payload, signatures } = event;
  if (!signatures.some((one) => isSignedBy(one, payload, keyOf))) {
    return { refused: 'no key that is known has signed it' };
  }
  const claims = eventClaimsSchema.safeParse(json(decoded(payload))).data;
  if (claims?.subject !== subject) return { refused: 'it was made for another subject' };
  if (Math.abs(now - claims.iatMs) > EVENT_SKEW_MS) {
    return { refused: `it was made at ${claims.iatMs}, too far from our ${now}` };
  }
  return { body: claims.body };
}

function isSignedBy(
  { protected: header, signature }: { protected: string; signature: string },
  payload: string,
  keyOf: EventTrust['keyOf'],
): boolean {
  const kid = eventHeaderSchema.safeParse(json(decoded(header))).data?.kid;
  const key = kid === undefined ? undefined : keyOf(kid);
  if (key === undefined) return false;
  // RFC 7515, section 5.2: what is signed is the encoded text of both parts.
  return verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
}

function decoded(part: string): string {
  return Buffer.from(part, 'base64url').toString();
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
