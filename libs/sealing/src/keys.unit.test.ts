import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { keyRing } from './key-ring.ts';
import { deriveKeyPair } from './keys.ts';

const bytes = Buffer.alloc(32, 7);

test('a passphrase derives the same pair as the base64 of its SHA-256', async () => {
  const passphrase = 'correct horse, battery staple';
  const digest = createHash('sha256').update(passphrase).digest('base64');
  assert.equal((await deriveKeyPair(passphrase)).publicKey, (await deriveKeyPair(digest)).publicKey);
});

test('only padded base64 of exactly 32 bytes is taken as bytes', async () => {
  const asBytes = (await deriveKeyPair(bytes.toString('base64'))).keyId;
  const others = [
    bytes.toString('hex'),
    bytes.toString('base64url'),
    `${bytes.toString('base64')}\n`,
    Buffer.alloc(33, 7).toString('base64'),
    Buffer.alloc(31, 7).toString('base64'),
  ];
  for (const other of others) {
    const digest = createHash('sha256').update(other).digest('base64');
    const { keyId } = await deriveKeyPair(other);
    assert.equal(keyId, (await deriveKeyPair(digest)).keyId);
    assert.notEqual(keyId, asBytes);
  }
});

test('an empty secret is refused', async () => {
  await assert.rejects(deriveKeyPair(''), { name: 'SealingError', fault: 'secret_unusable' });
});

test('the private key cannot be exported in any form', async () => {
  const { privateKey } = await deriveKeyPair(randomBytes(32).toString('base64'));
  assert.equal(privateKey.extractable, false);
  assert.deepEqual(privateKey.usages, ['deriveBits']);
  await assert.rejects(crypto.subtle.exportKey('pkcs8', privateKey), { name: 'InvalidAccessError' });
  await assert.rejects(crypto.subtle.exportKey('jwk', privateKey), { name: 'InvalidAccessError' });
});

test('the key id is the beginning of the SHA-256 of the point', async () => {
  const { keyId, publicKey } = await deriveKeyPair('a secret');
  const digest = createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('base64url');
  assert.equal(keyId, digest.slice(0, 16));
});

test('a ring holds the current and every previous pair, each once', async () => {
  const ring = await keyRing('new', ' old ,older,, new ');
  const ids = await Promise.all(
    ['new', 'old', 'older'].map(async (secret) => (await deriveKeyPair(secret)).keyId),
  );
  assert.equal(ring.current.keyId, ids[0]);
  assert.deepEqual([...ring.byId.keys()], ids);
});

test('a ring without previous secrets holds the current pair alone', async () => {
  assert.equal((await keyRing('new')).byId.size, 1);
});
