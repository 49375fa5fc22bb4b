import assert from 'node:assert/strict';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { keyRing } from './key-ring.ts';
import { openLegacy } from './legacy.ts';

const SECRET = 'the secret of this test';
const BYTES = randomBytes(32).toString('base64');
const PLAINTEXT = 'sk-plain-0123456789';
const ring = await keyRing(SECRET);

/** What wrote the older form: nothing of ours. */
const legacySeal = (key: Buffer, plaintext: string | Buffer): string => {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return [iv, cipher.getAuthTag(), ciphertext].map((part) => part.toString('base64')).join('.');
};
const hashed = (secret: string): Buffer => createHash('sha256').update(secret).digest();
const record = legacySeal(hashed(SECRET), PLAINTEXT);

test('any text of the older form opens, with a secret of 32 bytes in base64 and with any other', async () => {
  const bytesRing = await keyRing(BYTES);
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (key) => {
      assert.equal(await openLegacy(ring, legacySeal(hashed(SECRET), key)), key);
      assert.equal(await openLegacy(bytesRing, legacySeal(Buffer.from(BYTES, 'base64'), key)), key);
    }),
  );
});

test('a known record, made with the cryptography package of Python, opens', async () => {
  const known = 'AAECAwQFBgcICQoL.uxIzpWlA5KL22GpmW1ZC0g==.Rx5QQzaOpgMglSQ8J3RyH53IXw==';
  assert.equal(await openLegacy(await keyRing('known secret'), known), 'sk-known-0123456789');
});

test('previous secrets are tried after the current one', async () => {
  assert.equal(await openLegacy(await keyRing('the next', `${BYTES},${SECRET}`), record), PLAINTEXT);
});

test('any bit flipped in any part: refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(0, 1, 2), fc.nat(), async (part, at) => {
      const parts = record.split('.').map((text) => Buffer.from(text, 'base64'));
      const bytes = parts[part];
      assert.ok(bytes);
      const bit = at % (bytes.length * 8);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const altered = parts.map((text) => text.toString('base64')).join('.');
      await assert.rejects(openLegacy(ring, altered), { name: 'SealingError', fault: 'does_not_open' });
    }),
  );
});

test('any other secret: refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1 }), async (other) => {
      fc.pre(other !== SECRET);
      await assert.rejects(openLegacy(await keyRing(other), record), { fault: 'does_not_open' });
    }),
    { numRuns: 30 },
  );
});

test('any text that is not of that form is refused by its shape, and so is a short IV or tag', async () => {
  const [iv = '', tag = '', ciphertext = ''] = record.split('.');
  const short = randomBytes(8).toString('base64');
  const shapes = [`${iv}.${tag}`, `${record}.`, ` ${record}`, `${iv}.${tag}.${ciphertext}!`].concat(
    `${short}.${tag}.${ciphertext}`,
    `${iv}.${short}.${ciphertext}`,
    `${iv}.${tag}=.${ciphertext}`,
  );
  for (const shape of shapes)
    await assert.rejects(openLegacy(ring, shape), { fault: 'record_malformed' }, shape);
  await fc.assert(
    fc.asyncProperty(fc.string(), async (text) => {
      await assert.rejects(openLegacy(ring, text), { fault: 'record_malformed' });
    }),
  );
});

test('bytes that are not UTF-8 are refused, not repaired', async () => {
  const bytes = legacySeal(hashed(SECRET), Buffer.of(0x73, 0xff));
  await assert.rejects(openLegacy(ring, bytes), { fault: 'does_not_open' });
});

test('the keys cannot be read back, and no error shows the record', async () => {
  assert.deepEqual(
    ring.legacy.map(({ extractable, usages }) => ({ extractable, usages })),
    [{ extractable: false, usages: ['decrypt'] }],
  );
  const other = await keyRing('other');
  for (const text of [record, `${record}.`]) {
    const error = await openLegacy(other, text).catch((reason: unknown) => reason);
    const shown = inspect(error, { showHidden: true, depth: 10 });
    for (const part of record.split('.')) assert.ok(!shown.includes(part));
  }
});
