import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deriveKeyPair, suite } from './keys.ts';

/** The published vectors of the very suite that is used here; the file names their source. */
const vectors = JSON.parse(
  readFileSync(new URL('./__fixtures__/cfrg-p256-aes256gcm.json', import.meta.url), 'utf8'),
) as {
  info: string;
  ikmR: string;
  pkRm: string;
  enc: string;
  encryptions: { sequence: number; aad: string; ct: string; pt: string }[];
  exports: { context: string; length: number; value: string }[];
};

const hex = (text: string) => Buffer.from(text, 'hex');

async function recipient() {
  const pair = await deriveKeyPair(hex(vectors.ikmR).toString('base64'));
  const recipientKey = { publicKey: pair.key, privateKey: pair.privateKey };
  const context = await suite.createRecipientContext({
    recipientKey,
    enc: hex(vectors.enc),
    info: hex(vectors.info),
  });
  return { pair, context };
}

test('the published key pair follows from the published secret', async () => {
  const { pair } = await recipient();
  assert.equal(pair.publicKey, hex(vectors.pkRm).toString('base64url'));
});

test('the published ciphertexts open, in their order, with a key that cannot be exported', async () => {
  const { context } = await recipient();
  assert.equal(vectors.encryptions.length, 3);
  for (const encryption of vectors.encryptions) {
    const opened = await context.open(hex(encryption.ct), hex(encryption.aad));
    assert.deepEqual(Buffer.from(opened), hex(encryption.pt), `sequence ${encryption.sequence}`);
  }
});

test('the published exported secrets come out', async () => {
  const { context } = await recipient();
  assert.ok(vectors.exports.length >= 3);
  for (const { context: about, length, value } of vectors.exports) {
    const exported = await context.export(hex(about), length);
    assert.deepEqual(Buffer.from(exported), hex(value), `context ${about}`);
  }
});
