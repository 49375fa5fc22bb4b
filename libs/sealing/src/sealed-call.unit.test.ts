import assert from 'node:assert/strict';
import { createDecipheriv, createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { callKeys } from './call-keys.ts';
import { deriveKeyPair, suite } from './keys.ts';
import { type CallBinding, openCall, type SealedReply, sealCall } from './sealed-call.ts';

const SECRET = 'a secret of thirty-two characters';
const keys = await callKeys([SECRET]);
const rotated = await callKeys(['the next of thirty-two characters', SECRET]);
const stranger = await callKeys(['the secret of some other service']);
const binding: CallBinding = { subject: 'auth.login', requestId: 'request-1' };
const call = await sealCall(keys.current, binding, 'a password');
const opened = await openCall(keys, binding, call.sealed);
const reply = opened.sealReply('a token');

const flipped = (text: string, at: number): string => {
  const bytes = Buffer.from(text, 'base64url');
  const bit = at % (bytes.length * 8);
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return bytes.toString('base64url');
};
const doesNotOpen = { name: 'SealingError', fault: 'does_not_open' };
const text = fc.string({ unit: 'grapheme' });

test('any text comes through, there and back', async () => {
  await fc.assert(
    fc.asyncProperty(text, text, text, text, async (subject, requestId, question, answer) => {
      const asked = await sealCall(keys.current, { subject, requestId }, question);
      const taken = await openCall(keys, { subject, requestId }, asked.sealed);
      assert.equal(taken.text, question);
      assert.equal(asked.openReply(taken.sealReply(answer)), answer);
    }),
  );
});

test('any bit flipped in a request: refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('enc', 'ciphertext'), fc.nat(), async (field, at) => {
      const sealed = { ...call.sealed, [field]: flipped(call.sealed[field], at) };
      await assert.rejects(openCall(keys, binding, sealed), doesNotOpen);
    }),
  );
});

test('any bit flipped in a reply, or a reply cut short: refused', () => {
  fc.assert(
    fc.property(fc.constantFrom('nonce', 'ciphertext'), fc.nat(), (field, at) => {
      const altered = { ...reply, [field]: flipped(reply[field], at) };
      assert.throws(() => call.openReply(altered), doesNotOpen);
      const short: SealedReply = { ...reply, [field]: reply[field].slice(0, at % reply[field].length) };
      assert.throws(() => call.openReply(short), doesNotOpen);
    }),
  );
});

test('a request replayed under another subject or request id: refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('subject', 'requestId'), text, async (part, other) => {
      fc.pre(other !== binding[part]);
      await assert.rejects(openCall(keys, { ...binding, [part]: other }, call.sealed), doesNotOpen);
    }),
  );
  await assert.rejects(
    openCall(keys, { subject: `${binding.subject}\n${binding.requestId}`, requestId: '' }, call.sealed),
    doesNotOpen,
  );
});

test('the reply to another request does not open, nor does one from who cannot open the request', async () => {
  const again = await sealCall(keys.current, binding, 'a password');
  assert.throws(() => again.openReply(reply), doesNotOpen);
});

test('after rotation earlier keys still open, and a stranger is told that the key is unknown', async () => {
  assert.notEqual(rotated.current.keyId, keys.current.keyId);
  assert.equal((await openCall(rotated, binding, call.sealed)).text, 'a password');
  await assert.rejects(openCall(stranger, binding, call.sealed), { fault: 'key_unknown' });
  const relabelled = { ...call.sealed, keyId: stranger.current.keyId };
  await assert.rejects(openCall(stranger, binding, relabelled), doesNotOpen);
});

test('the keys are not those that seal provider keys, though the secret be the same', async () => {
  assert.notEqual(keys.current.keyId, (await deriveKeyPair(SECRET)).keyId);
  assert.equal(keys.current.privateKey.extractable, false);
});

test('a reply opens by hand as RFC 9458 section 4.4 says, with the pinned labels', async () => {
  const enc = Buffer.from(call.sealed.enc, 'base64url');
  const recipientKey = { publicKey: keys.current.key, privateKey: keys.current.privateKey };
  const info = Buffer.from('sluice/sealed-call/v1\nauth.login');
  const context = await suite.createRecipientContext({ recipientKey, enc, info });
  const secret = Buffer.from(await context.export(Buffer.from('sluice/sealed-call/v1 reply'), 32));
  const hmac = (key: Buffer, ...data: Buffer[]) =>
    createHmac('sha256', key).update(Buffer.concat(data)).digest();
  const prk = hmac(Buffer.concat([enc, Buffer.from(reply.nonce, 'base64url')]), secret);
  const aeadKey = hmac(prk, Buffer.from('key'), Buffer.of(1));
  const nonce = hmac(prk, Buffer.from('nonce'), Buffer.of(1)).subarray(0, 12);
  const bytes = Buffer.from(reply.ciphertext, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', aeadKey, nonce).setAAD(
    Buffer.from('auth.login\nrequest-1'),
  );
  decipher.setAuthTag(bytes.subarray(-16));
  assert.equal(
    decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8'),
    'a token',
  );
});
