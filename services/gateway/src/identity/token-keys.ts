import { createPublicKey } from 'node:crypto';
import { getJwks, type Jwks } from '@sluice/contracts';
import { call, type NatsConnection } from '@sluice/messaging';

export type TokenKeys = {
  /** The public key of a `kid` as PEM (SPKI), or undefined when auth knows none of that name. Errors: unavailable. */
  pem(kid: string, requestId: string): Promise<string | undefined>;
  /** Auth's key set. Errors: unavailable. */
  jwks(requestId: string): Promise<Jwks>;
};

/** What an unknown `kid` may cost: one question to auth in this time, however many requests carry it. */
const ASK_AGAIN_MS = 3_000;
/** A key that was taken out of the set stops being accepted after this. */
const FRESH_MS = 300_000;

/** Auth's public keys, asked for when they are first needed, when one is unknown, and every five minutes. */
export function createTokenKeys(nc: NatsConnection, now: () => number = Date.now): TokenKeys {
  let known: { jwks: Jwks; pems: Map<string, string>; at: number } | undefined;
  let asking: Promise<void> | undefined;

  const ask = (requestId: string): Promise<void> => {
    asking ??= call(nc, getJwks, {}, { requestId })
      .then((jwks) => {
        known = { jwks, pems: pemsOf(jwks), at: now() };
      })
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };
  const age = (): number => (known === undefined ? Number.POSITIVE_INFINITY : now() - known.at);
  /** Auth being away does not log anybody out: keys that were seen keep serving. */
  const refresh = async (requestId: string): Promise<void> => {
    await ask(requestId).catch((error: unknown) => {
      if (known === undefined) throw error;
    });
  };

  return {
    async pem(kid, requestId) {
      if (age() > FRESH_MS) await refresh(requestId);
      if (known?.pems.has(kid) !== true && age() > ASK_AGAIN_MS) await ask(requestId);
      return known?.pems.get(kid);
    },
    async jwks(requestId) {
      if (age() > ASK_AGAIN_MS) await ask(requestId);
      return known?.jwks ?? { keys: [] };
    },
  };
}

function pemsOf(jwks: Jwks): Map<string, string> {
  const pem = (jwk: Jwks['keys'][number]): string =>
    createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString();
  return new Map(jwks.keys.map((jwk) => [jwk.kid, pem(jwk)]));
}
