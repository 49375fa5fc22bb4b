import { z } from 'zod';
import { replyErrorSchema } from './endpoint.ts';

/** The body of a request to a `secret` endpoint: HPKE to the answering service's key; all three in base64url. */
export const sealedCallSchema = z.object({ keyId: z.string(), enc: z.string(), ciphertext: z.string() });

/** The body of its reply, opened with what the request's HPKE context exports; both in base64url. */
export const sealedReplySchema = z.object({ nonce: z.string(), ciphertext: z.string() });

/** What is sealed in a reply: an error's message may name things too. */
export const callOutcomeSchema = z.union([
  z.object({ error: replyErrorSchema }),
  z.object({ reply: z.unknown() }),
]);
export type CallOutcome = z.infer<typeof callOutcomeSchema>;

/**
 * Answer in plain text to a request that was not opened, marked by `X-Error: 1`. `publicKey` (`keyId:base64url`) is
 * there when the request was sealed to another key or to none: seal it to this one and ask again.
 */
export const callRefusalSchema = replyErrorSchema.extend({ publicKey: z.string().optional() });
