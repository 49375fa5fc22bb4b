import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyRing } from './key-ring.ts';
import { keyIdOf } from './keys.ts';
import { parsePublicKeys, publicKeys } from './public-keys.ts';

const ring = await keyRing('new secret', 'old secret');
const text = publicKeys(ring);

function entryOf(point: Buffer): string {
  return `${keyIdOf(point)}:${point.toString('base64url')}`;
}

test('what is printed reads back, the current key first', async () => {
  const keys = await parsePublicKeys(text);
  assert.deepEqual(
    keys.map(({ keyId, publicKey }) => ({ keyId, publicKey })),
    [...ring.byId.values()].map(({ keyId, publicKey }) => ({ keyId, publicKey })),
  );
  assert.equal(keys[0].keyId, ring.current.keyId);
});

test('the printed text holds no private key and no secret', () => {
  assert.match(text, /^[\w-]{16}:[\w-]{87},[\w-]{16}:[\w-]{87}$/);
});

const good = Buffer.from(ring.current.publicKey, 'base64url');
const offCurve = Buffer.from(good);
offCurve[64] = (offCurve[64] ?? 0) ^ 1;
const compressed = Buffer.concat([Buffer.of(2 + ((good[64] ?? 0) & 1)), good.subarray(1, 33)]);
const hybrid = Buffer.concat([Buffer.of(6 + ((good[64] ?? 0) & 1)), good.subarray(1)]);
const [first = '', second = ''] = text.split(',');

const faults: readonly [name: string, text: string, message: string][] = [
  ['nothing', '', 'no public key is given'],
  ['an empty entry', `${first},`, 'public key 2 is not of the form keyId:base64url'],
  ['a key without its id', ring.current.publicKey, 'public key 1 is not of the form keyId:base64url'],
  ['three parts', `${first}:x`, 'public key 1 is not of the form keyId:base64url'],
  ['padding', `${first}=`, 'public key 1 is not unpadded base64url'],
  ['a compressed point', entryOf(compressed), 'public key 1 is not an uncompressed point of 65 bytes'],
  ['a hybrid point', entryOf(hybrid), 'public key 1 is not an uncompressed point of 65 bytes'],
  [
    'a byte too many',
    entryOf(Buffer.concat([good, Buffer.of(0)])),
    'public key 1 is not an uncompressed point of 65 bytes',
  ],
  ['a point off the curve', `${first},${entryOf(offCurve)}`, 'public key 2 is not a point on P-256'],
  [
    'the id of another key',
    `${second.split(':')[0]}:${first.split(':')[1]}`,
    'public key 1 does not match its key id',
  ],
];

for (const [name, faulty, message] of faults) {
  test(`refused with its place: ${name}`, async () => {
    await assert.rejects(parsePublicKeys(faulty), {
      name: 'SealingError',
      fault: 'public_key_unusable',
      message,
    });
  });
}
