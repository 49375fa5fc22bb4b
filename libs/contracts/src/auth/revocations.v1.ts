import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { idSchema } from '../ids.ts';

/**
 * Access tokens of a user, in one team or (without `teamId`) in every team, that were issued before `notBefore` are
 * refused: those whose claim `iatMs` is smaller. One that was issued in that very millisecond is good.
 */
export const userRevocationSchema = z.object({
  userId: idSchema,
  teamId: idSchema.optional(),
  notBefore: z.iso.datetime(),
});

/** An API token that is refused from now on. */
export const tokenRevocationSchema = z.object({ tokenId: idSchema });

/** Every access token of a session (their `sid`) is refused from now on. */
export const sessionRevocationSchema = z.object({ sessionId: idSchema });

export const revocationSchema = z.union([
  userRevocationSchema,
  tokenRevocationSchema,
  sessionRevocationSchema,
]);
export type Revocation = z.infer<typeof revocationSchema>;

/** What authEventSubjects.revoked carries: revocations that have just been stored. */
export const revokedSchema = z.object({ v: z.literal(1), revocations: z.array(revocationSchema) });

/** How many revocations one answer holds at most: 2,000 of the longest ids stay below half of a message's 1 MB. */
export const REVOCATIONS_PAGE = 2_000;

/**
 * Every revocation that something may still hang on: of API tokens those of the last 2 minutes, which is longer than a
 * gateway remembers one, of users and sessions those of the last 20, which is longer than an access token lives. Who
 * verifies tokens listens first and asks then, page by page, at its start and after each reconnect, so that none falls
 * between the two.
 */
export const listRevocations = endpoint(
  'auth.revocations',
  z.object({ cursor: z.string().max(256).optional() }),
  z.object({
    items: z.array(revocationSchema),
    // An older auth answers with everything at once, and without one.
    nextCursor: z.string().nullable().default(null),
  }),
);
