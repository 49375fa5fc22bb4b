import { createPublicKey, type KeyObject } from 'node:crypto';
import { authEventSubjects, getJwks, type Jwks, keysAnnouncedSchema, newId } from '@sluice/contracts';
import { type NatsConnection, openEvent } from '@sluice/messaging';
import type { Announce } from '../announcing.ts';
import type { Answer } from '../answering.ts';

/** Gateways drop a key ten minutes after it was last named: far more often than that, in milliseconds. */
const ANNOUNCE_MS = 30_000;
/** A replica that was silent for three announcements is gone. */
const HEARD_MS = 90_000;

type Key = Jwks['keys'][number];
export type PublishedKeys = {
  /** Those of this replica, and of all that it has heard of lately. */
  all(): Jwks;
  announce(requestId?: string): Promise<void>;
  stop(): void;
};
/** `announce` signs. */
type Deps = { nc: NatsConnection; own: Jwks; announce: Announce; now: () => Date };

/**
 * Keeps every gateway and every other replica told of this one's keys. While replicas are replaced one by one to change
 * JWT_SECRET, the old ones do not know the new key: they learn it here, so that whichever is asked for the key set
 * names those of all. Announcements name a replica's own keys alone, or two replicas would keep a key alive by
 * repeating each other. One that no key known here has signed is not listened to.
 */
export function publishKeys({ nc, own, announce, now }: Deps): PublishedKeys {
  const heard = new Map<string, { key: Key; until: number }>();
  const tell = (requestId: string = newId()) =>
    announce(authEventSubjects.jwks, authEventSubjects.jwks, { v: 1, keys: own.keys }, requestId);
  const keyOf = (kid: string, at: number): KeyObject | undefined => {
    const other = heard.get(kid);
    const key =
      own.keys.find((one) => one.kid === kid) ?? (other && other.until > at ? other.key : undefined);
    return key && createPublicKey({ key, format: 'jwk' });
  };
  const subscription = nc.subscribe(authEventSubjects.jwks, {
    callback: (error, msg) => {
      if (error) return;
      const at = now().getTime();
      const opened = openEvent(msg.string(), {
        subject: authEventSubjects.jwks,
        keyOf: (kid) => keyOf(kid, at),
        now: at,
      });
      const keys = 'body' in opened ? keysOf(opened.body) : [];
      const isNew = keys.some(({ kid }) => (heard.get(kid)?.until ?? 0) <= at);
      const until = at + HEARD_MS;
      for (const key of keys) heard.set(key.kid, { key, until });
      // Whoever brings a new key has just started, and does not know ours.
      if (isNew) void tell().catch(() => undefined);
    },
  });
  // Nothing goes out on a connection that is closing, and then there is nothing to tell either.
  const timer = setInterval(() => void tell().catch(() => undefined), ANNOUNCE_MS);
  return {
    all() {
      const at = now().getTime();
      for (const [kid, { until }] of heard) if (until <= at) heard.delete(kid);
      const others = [...heard.values()].map(({ key }) => key);
      const ownIds = new Set(own.keys.map(({ kid }) => kid));
      return { keys: [...own.keys, ...others.filter(({ kid }) => !ownIds.has(kid))] };
    },
    announce: tell,
    stop() {
      clearInterval(timer);
      subscription.unsubscribe();
    },
  };
}

/** Answers `auth.jwks`, and tells all gateways too: who asks may not be the only one to whom a key is unknown. */
export function serveKeys(answer: Answer, keys: PublishedKeys): void {
  answer(getJwks, async (_request, { requestId }) => {
    await keys.announce(requestId);
    return keys.all();
  });
}

/** None where this is no announcement. */
function keysOf(body: unknown): Key[] {
  return keysAnnouncedSchema.safeParse(body).data?.keys ?? [];
}
