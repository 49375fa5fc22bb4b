import { createPublicKey, type KeyObject } from 'node:crypto';
import { authEventSubjects, getJwks, type Jwks, keysAnnouncedSchema } from '@sluice/contracts';
import { call, type NatsConnection, openEvent } from '@sluice/messaging';

export type TokenKeys = {
  /** The public key of a `kid` as PEM (SPKI), or undefined when auth knows none of that name. Errors: unavailable. */
  pem(kid: string, requestId: string): Promise<string | undefined>;
  /** The keys of all replicas of auth. Errors: unavailable. */
  jwks(requestId: string): Promise<Jwks>;
  /** Resolves when at least one key is known, by which events can be told from forged ones. Errors: unavailable. */
  begin(requestId: string): Promise<void>;
  /** The key that verifies events, if it is known; asks nobody. */
  trusted(kid: string): KeyObject | undefined;
};

/** What an unknown `kid` may cost: one question to auth in this time, however many requests carry it. */
const ASK_AGAIN_MS = 3_000;
/** Replicas of auth announce their keys every 30 s; after a silence of this length they are asked. */
const SILENCE_MS = 300_000;
/** A key stops being accepted when no replica has named it for this long. */
const WITHDRAWN_MS = 600_000;

type Key = Jwks['keys'][number];
type Known = { key: Key; publicKey: KeyObject; pem: string; namedAt: number };

/**
 * Auth's public keys: announced by each of its replicas, asked for when they are first needed, when one is unknown and
 * after a silence. Sets are merged and never replaced: while JWT_SECRET is changed, one replica after the other, each of
 * them speaks of its own keys. A key goes when others are still named and it is not; auth being away logs nobody out.
 * Trust begins with auth's answer to a question. An announcement is believed when a key that is known has signed it.
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
      const { publicKey, pem } = before?.key.x === key.x ? before : read(key);
      known.set(key.kid, { key, publicKey, pem, namedAt: at });
    }
    for (const [kid, { namedAt }] of known) if (at - namedAt > WITHDRAWN_MS) known.delete(kid);
  };

  const trusted = (kid: string): KeyObject | undefined => known.get(kid)?.publicKey;
  nc.subscribe(authEventSubjects.jwks, {
    callback: (error, msg) => {
      if (error) return;
      const opened = openEvent(msg.string(), {
        subject: authEventSubjects.jwks,
        keyOf: trusted,
        now: now(),
      });
      const event = 'body' in opened ? keysAnnouncedSchema.safeParse(opened.body).data : undefined;
      if (event) hear(event.keys);
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
    async begin(requestId) {
      if (known.size === 0) await ask(requestId);
    },
    trusted,
  };
}

function read({ kty, crv, x }: Key): { publicKey: KeyObject; pem: string } {
  const publicKey = createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
  return { publicKey, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}
