import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calculateJwkThumbprint, createLocalJWKSet, errors, jwtVerify } from 'jose';
import { signAccessToken } from './access-token.ts';
import { deriveSigningKey } from './signing-key.ts';

const SECRET = 'x'.repeat(32);
const OTHER = 'y'.repeat(32);
const subject = { userId: 'u', teamId: 't', role: 'owner', sessionId: 's' } as const;
const now = new Date('2026-11-23T00:00:00Z');

test('one secret gives one key everywhere, and another secret another', async () => {
  const [one, same, other] = await Promise.all(
    [SECRET, SECRET, OTHER].map((secret) => deriveSigningKey(secret)),
  );
  assert.deepEqual(one?.jwks, same?.jwks);
  assert.notEqual(one?.kid, other?.kid);
});

test('the published key is public, and named by its thumbprint', async () => {
  const { kid, jwks } = await deriveSigningKey(SECRET);
  const [key] = jwks.keys;
  assert.deepEqual(Object.keys(key ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  assert.equal(kid, await calculateJwkThumbprint({ ...key, kty: 'OKP' }));
});

test('the keys of earlier secrets are published too, and the current one signs', async () => {
  const old = await deriveSigningKey(OTHER);
  const key = await deriveSigningKey(SECRET, [OTHER]);
  assert.deepEqual(
    key.jwks.keys.map(({ kid }) => kid),
    [key.kid, old.kid],
  );
  const [token, earlier] = await Promise.all([key, old].map((one) => signAccessToken(one, subject, now)));
  const options = { currentDate: now };
  const { protectedHeader } = await jwtVerify(String(token), createLocalJWKSet(key.jwks), options);
  assert.equal(protectedHeader.kid, key.kid);
  await jwtVerify(String(earlier), createLocalJWKSet(key.jwks), options);
});

test('an access token verifies against the published key for 15 minutes, and not after', async () => {
  const key = await deriveSigningKey(SECRET);
  const token = await signAccessToken(key, subject, now);
  const keys = createLocalJWKSet(key.jwks);
  const at = (seconds: number) => ({ currentDate: new Date(now.getTime() + seconds * 1000) });
  const { payload, protectedHeader } = await jwtVerify(token, keys, at(899));
  assert.equal(protectedHeader.alg, 'EdDSA');
  assert.equal(protectedHeader.kid, key.kid);
  const iat = now.getTime() / 1000;
  const claims = { sub: 'u', team: 't', role: 'owner', iss: 'sluice', iat, exp: iat + 900 };
  assert.deepEqual(payload, { ...claims, iatMs: now.getTime(), sid: 's' });
  await assert.rejects(jwtVerify(token, keys, at(900)), errors.JWTExpired);
});
