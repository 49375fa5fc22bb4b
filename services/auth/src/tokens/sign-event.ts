import { EVENT_TYPE, type EventClaims, MAX_EVENT_SIGNATURES } from '@sluice/contracts';
import { GeneralSign } from 'jose';
import type { Announce } from '../announcing.ts';
import type { SigningKey } from './signing-key.ts';

export type EventSigning = { announce: Announce; signingKey: Pick<SigningKey, 'signers'>; now: () => Date };

/**
 * Announces signed events: by the current key and by every previous one, so that who knows only an earlier key
 * believes it too. NATS permissions are not enough to believe an event: whoever may ask JetStream for a message can
 * name the subject that it comes on (ADR 0049).
 */
export function signedAnnouncing({ announce, signingKey, now }: EventSigning): Announce {
  return async (subject, template, event, requestId) => {
    const claims: EventClaims = { subject, iatMs: now().getTime(), body: event };
    await announce(subject, template, await signed(claims, signingKey), requestId);
  };
}

/** As signedEventSchema. */
function signed(claims: EventClaims, { signers }: Pick<SigningKey, 'signers'>) {
  const jws = new GeneralSign(new TextEncoder().encode(JSON.stringify(claims)));
  for (const { kid, privateKey } of signers.slice(0, MAX_EVENT_SIGNATURES)) {
    jws.addSignature(privateKey).setProtectedHeader({ alg: 'EdDSA', typ: EVENT_TYPE, kid });
  }
  return jws.sign();
}
