import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { AccessClaims, Jwks } from '@sluice/contracts';

export type SigningKey = {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  jwk: Jwks['keys'][number];
};

/** An Ed25519 key pair as auth would publish it. */
export function signingKey(kid: string): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { x } = publicKey.export({ format: 'jwk' });
  return {
    kid,
    privateKey,
    publicKey,
    jwk: { kty: 'OKP', crv: 'Ed25519', x: String(x), kid, alg: 'EdDSA', use: 'sig' },
  };
}

export function claimsOf(changes: Partial<Record<keyof AccessClaims, unknown>> = {}): object {
  const iatMs = Date.now();
  const iat = Math.floor(iatMs / 1000);
  const who = { sub: 'user1', team: 'team1', role: 'owner', iss: 'sluice' };
  return { ...who, iat, iatMs, exp: iat + 900, ...changes };
}

/** A token as auth signs it; `header` changes what it says of itself. */
export function signedToken(key: SigningKey, claims: object = claimsOf(), header: object = {}): string {
  const input = inputOf({ alg: 'EdDSA', typ: 'JWT', kid: key.kid, ...header }, claims);
  return `${input}.${sign(null, Buffer.from(input), key.privateKey).toString('base64url')}`;
}

/** The confusion of RFC 8725, section 2.1: the public key, which everybody knows, used as an HMAC secret. */
export function hmacToken(key: SigningKey, secret: string): string {
  const input = inputOf({ alg: 'HS256', typ: 'JWT', kid: key.kid }, claimsOf());
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

export function unsignedToken(key: SigningKey): string {
  return `${inputOf({ alg: 'none', typ: 'JWT', kid: key.kid }, claimsOf())}.`;
}

function inputOf(header: object, claims: object): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}
