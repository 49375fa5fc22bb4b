import { createPublicKey } from 'node:crypto';
import { authEventSubjects, getJwks, type Jwks, keysAnnouncedSchema } from '@sluice/contracts';
import { call, type NatsConnection } from '@sluice/messaging';

export type TokenKeys = {
  /** The public key of a `kid` as PEM (SPKI), or undefined when auth knows none of that name. Errors: unavailable. */
  pem(kid: string, requestId: string): Promise<string | undefined>;
  /** The keys of all replicas of auth. Errors: unavailable. */
  jwks(requestId: string): Promise<Jwks>;
};

/** What an unknown `kid` may cost: one question to auth in this time, however many requests carry it. */
const ASK_AGAIN_MS = 3_000;
/** Replicas of auth announce their keys every 30 s; after a silence of this length they are asked. */
const SILENCE_MS = 300_000;
/** A key stops being accepted when no replica has named it for this long. */
const WITHDRAWN_MS = 600_000;

type Key = Jwks['keys'][number];
type Known = { key: Key; pem: string; namedAt: number };

/**
 * Auth's public keys: announced by each of its replicas, asked for when they are first needed, when one is unknown and
 * after a silence. Sets are merged and never replaced: while JWT_SECRET is changed, one replica after the other, each of
 * them speaks of its own keys. A key goes when others are still named and it is not; auth being away logs nobody out.
 * Times are in milliseconds.
 */
export function createTokenKeys(nc: NatsConnection, now: () => number = Date.now): TokenKeys {
  const known = new Map<string, Known>();
  let heardAt = Number.NEGATIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  const hear = (keys: readonly Key[]): void => {
    const at = now();
    heardAt = at;
    for (const key of keys) {
      const before = known.get(key.kid);
      const pem = before?.key.x === key.x ? before.pem : pemOf(key);
      known.set(key.kid, { key, pem, namedAt: at });
    }
    for (const [kid, { namedAt }] of known) if (at - namedAt > WITHDRAWN_MS) known.delete(kid);
  };

  nc.subscribe(authEventSubjects.jwks, {
    callback: (error, msg) => {
      const keys = error ? undefined : announcedKeys(msg.string());
      if (keys) hear(keys);
    },
  });

  const ask = (requestId: string): Promise<void> => {
    triedAt = now();
    asking ??= call(nc, getJwks, {}, { requestId })
      .then(({ keys }) => {
        hear(keys);
        askedAt = now();
      })
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };
  const since = (at: number): number => now() - at;

  return {
    async pem(kid, requestId) {
      const silent = since(heardAt) > SILENCE_MS && since(triedAt) > ASK_AGAIN_MS;
      if (known.has(kid) && silent) await ask(requestId).catch(() => undefined);
      if (!known.has(kid) && (asking !== undefined || since(askedAt) > ASK_AGAIN_MS)) await ask(requestId);
      return known.get(kid)?.pem;
    },
    async jwks(requestId) {
      if (since(askedAt) > ASK_AGAIN_MS) await ask(requestId);
      return { keys: [...known.values()].map(({ key }) => key) };
    },
  };
}

function pemOf({ kty, crv, x }: Key): string {
  return createPublicKey({ key: { kty, crv, x }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();
}

/** Undefined where the text is no announcement, which then says nothing of any key. */
function announcedKeys(text: string): Key[] | undefined {
  try {
    return keysAnnouncedSchema.safeParse(JSON.parse(text)).data?.keys;
  } catch {
    return undefined;
  }
}
