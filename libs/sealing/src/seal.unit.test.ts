import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { additionalData, type Binding } from './binding.ts';
import { keyRing } from './key-ring.ts';
import { suite } from './keys.ts';
import { parsePublicKeys, publicKeys } from './public-keys.ts';
import { open, type SealedKey, seal } from './seal.ts';

const SECRET = 'the old secret of this test';
const PLAINTEXT = 'sk-live-aBcDeFgHiJkLmNoPqRsTuVwXyZ';
const before = await keyRing(SECRET);
const after = await keyRing('the new secret of this test', SECRET);
const stranger = await keyRing('the secret of somebody else');
const [publicKey] = await parsePublicKeys(publicKeys(before));
const binding: Binding = {
  team: 'team-1',
  profile: 'profile-1',
  slot: 'chat',
  provider: 'openai',
  origin: 'https://api.openai.com',
};
const sealed = await seal(publicKey, binding, PLAINTEXT);

const part = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\n'));
const anyBinding: fc.Arbitrary<Binding> = fc.record({
  team: part,
  profile: part,
  slot: fc.constantFrom('chat', 'image'),
  provider: part,
  origin: part,
});

test('any key sealed for any binding opens for that binding', async () => {
  await fc.assert(
    fc.asyncProperty(anyBinding, fc.string({ unit: 'grapheme' }), async (anywhere, key) => {
      assert.equal(await open(before, anywhere, await seal(publicKey, anywhere, key)), key);
    }),
  );
});

test('a key sealed with one secret opens after rotation and can be sealed anew', async () => {
  assert.equal(await open(after, binding, sealed), PLAINTEXT);
  const resealed = await seal(after.current, binding, PLAINTEXT);
  assert.notEqual(resealed.keyId, sealed.keyId);
  assert.equal(await open(after, binding, resealed), PLAINTEXT);
});

test('keys of either sign of y open, many at once', async () => {
  const rings = await Promise.all(Array.from({ length: 16 }, (_, index) => keyRing(`secret ${index}`)));
  const signs = new Set(
    rings.map((ring) => Buffer.from(ring.current.publicKey, 'base64url').at(-1)).map((y = 0) => y & 1),
  );
  assert.equal(signs.size, 2);
  await Promise.all(
    rings.map(async (ring, index) => {
      assert.equal(
        await open(ring, binding, await seal(ring.current, binding, `key ${index}`)),
        `key ${index}`,
      );
    }),
  );
});

test('the same key sealed twice gives two records', async () => {
  const again = await seal(publicKey, binding, PLAINTEXT);
  assert.notEqual(again.enc, sealed.enc);
  assert.notEqual(again.ciphertext, sealed.ciphertext);
});

test('any bit flipped in enc or ciphertext: refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('enc', 'ciphertext'), fc.nat(), async (field, at) => {
      const bytes = Buffer.from(sealed[field], 'base64url');
      const bit = at % (bytes.length * 8);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await refused({ ...sealed, [field]: bytes.toString('base64url') });
    }),
  );
});

test('a record cut short, empty, padded or in another alphabet: refused', async () => {
  for (const field of ['enc', 'ciphertext'] as const) {
    for (const text of [
      '',
      sealed[field].slice(0, -4),
      `${sealed[field]}=`,
      `${sealed[field]} `,
      '!!',
      'AA',
    ]) {
      await refused({ ...sealed, [field]: text });
    }
  }
});

test('any other team, profile, slot, provider or origin: refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyBinding,
      fc.constantFrom('team', 'profile', 'slot', 'provider', 'origin'),
      async (other, field) => {
        fc.pre(other[field] !== binding[field]);
        await refused(sealed, { ...binding, [field]: other[field] });
      },
    ),
  );
});

test('two parts of a binding exchanged: refused', async () => {
  await refused(sealed, { ...binding, team: binding.profile, profile: binding.team });
});

test('a key the ring does not hold is named as such', async () => {
  await assert.rejects(open(stranger, binding, sealed), { name: 'SealingError', fault: 'key_unknown' });
});

test('a record relabelled with the id of another key: refused', async () => {
  await assert.rejects(open(stranger, binding, { ...sealed, keyId: stranger.current.keyId }), {
    fault: 'does_not_open',
  });
});

test('any other key id, and any other secret under the right id: refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (keyId) => {
      fc.pre(!before.byId.has(keyId));
      await assert.rejects(open(before, binding, { ...sealed, keyId }), { fault: 'key_unknown' });
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1 }), async (secret) => {
      fc.pre(secret !== SECRET);
      const { current } = await keyRing(secret);
      const posing = { ...before, byId: new Map([[sealed.keyId, current]]) };
      await assert.rejects(open(posing, binding, sealed), { fault: 'does_not_open' });
    }),
    { numRuns: 30 },
  );
});

test('bytes that are not UTF-8 are refused, not repaired', async () => {
  const { enc, ct } = await suite.seal(
    { recipientPublicKey: publicKey.key, info: new TextEncoder().encode('sluice/provider-key/v1') },
    Uint8Array.of(0x73, 0x6b, 0xff),
    additionalData(binding),
  );
  await refused({
    keyId: publicKey.keyId,
    enc: Buffer.from(enc).toString('base64url'),
    ciphertext: Buffer.from(ct).toString('base64url'),
  });
});

test('no error shows the key, the secret, the binding or the sealed bytes', async () => {
  const attempts: (() => Promise<unknown>)[] = [
    () => open(stranger, binding, sealed),
    () => open(before, binding, { ...sealed, keyId: PLAINTEXT }),
    () => open(before, { ...binding, team: 'team-2' }, sealed),
    () => open(before, { ...binding, origin: `https://${PLAINTEXT}\n` }, sealed),
    () => seal(publicKey, { ...binding, team: `${PLAINTEXT}\n` }, PLAINTEXT),
    () => parsePublicKeys(PLAINTEXT),
    () => parsePublicKeys(`${PLAINTEXT}:${SECRET}`),
  ];
  for (const attempt of attempts) {
    const error = await attempt().then(
      () => assert.fail('opened'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'SealingError');
    assert.equal(error.cause, undefined);
    const shown = inspect(error, { showHidden: true, depth: 10 });
    for (const hidden of [PLAINTEXT, SECRET, sealed.enc, sealed.ciphertext, 'team-1', 'team-2']) {
      assert.ok(!shown.includes(hidden), `an error shows ${hidden}`);
    }
  }
});

async function refused(record: SealedKey, forBinding: Binding = binding): Promise<void> {
  await assert.rejects(open(before, forBinding, record), { name: 'SealingError', fault: 'does_not_open' });
}
