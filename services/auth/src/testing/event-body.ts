import { eventClaimsSchema, signedEventSchema } from '@sluice/contracts';

/** What a signed event says, whoever signed it. */
export function eventBody(text: string): unknown {
  const { payload } = signedEventSchema.parse(JSON.parse(text));
  return eventClaimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString())).body;
}
