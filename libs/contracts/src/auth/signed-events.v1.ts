import { z } from 'zod';

/** Explicit types (RFC 8725, section 3.11): an access token never passes for an event, nor an event for a token. */
export const ACCESS_TOKEN_TYPE = 'JWT';
export const EVENT_TYPE = 'sluice-event+jwt';

/** An event is taken for this long after it was issued, and by clocks that are behind by no more. In milliseconds. */
export const EVENT_SKEW_MS = 60_000;

/** A bound on the work that one message asks for. */
export const MAX_EVENT_SIGNATURES = 16;

/** What the subjects of authEventSubjects carry: a JWS in general JSON serialization (RFC 7515, section 7.2.1). */
export const signedEventSchema = z.object({
  payload: z.string(),
  signatures: z
    .array(z.object({ protected: z.string(), signature: z.string() }))
    .min(1)
    .max(MAX_EVENT_SIGNATURES),
});

/** Of each signature. Strict, so that no extension (`crit`, `b64`) changes what was signed. */
export const eventHeaderSchema = z.strictObject({
  alg: z.literal('EdDSA'),
  typ: z.literal(EVENT_TYPE),
  kid: z.string(),
});

/** What is signed: the subject it is meant for, when it was issued (milliseconds), and what it says. */
export const eventClaimsSchema = z.object({ subject: z.string(), iatMs: z.int(), body: z.unknown() });
export type EventClaims = z.infer<typeof eventClaimsSchema>;
