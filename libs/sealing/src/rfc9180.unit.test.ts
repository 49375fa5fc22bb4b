import assert from 'node:assert/strict';
import { createDecipheriv, createECDH, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { Aes128Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { deriveKeyPair } from './keys.ts';
import { seal } from './seal.ts';

// RFC 9180 appendix A.3.1: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, sequence 0.
const vector = {
  info: hex('4f6465206f6e2061204772656369616e2055726e'),
  ikmR: hex('668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550'),
  skRm: hex('f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2'),
  pkRm: hex(
    '04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82' +
      '6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0',
  ),
  enc: hex(
    '04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9' +
      '8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4',
  ),
  aad: hex('436f756e742d30'),
  pt: hex('4265617574792069732074727574682c20747275746820626561757479'),
  ct: hex('5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434'),
};

test('a secret of 32 bytes derives the key pair of the RFC', async () => {
  const pair = await deriveKeyPair(vector.ikmR.toString('base64'));
  assert.equal(pair.publicKey, vector.pkRm.toString('base64url'));
});

test('the library opens the ciphertext of the RFC with a derived, non-extractable key', async () => {
  const suite = new CipherSuite({
    kem: new DhkemP256HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes128Gcm(),
  });
  const pair = await deriveKeyPair(vector.ikmR.toString('base64'));
  const recipientKey = { publicKey: pair.key, privateKey: pair.privateKey };
  const opened = await suite.open(
    { recipientKey, enc: vector.enc, info: vector.info },
    vector.ct,
    vector.aad,
  );
  assert.deepEqual(Buffer.from(opened), vector.pt);
});

test('the key schedule written out below opens the ciphertext of the RFC', () => {
  assert.deepEqual(openByHand({ ...vector, aead: AES_128_GCM }), vector.pt);
});

test('a sealed key opens with AES-256-GCM, the pinned info and the pinned additional data, by hand', async () => {
  const pair = await deriveKeyPair(vector.ikmR.toString('base64'));
  const binding = {
    team: 'team-1',
    profile: 'profile-1',
    slot: 'image',
    provider: 'openai_compatible',
    origin: 'http://127.0.0.1:4010',
  } as const;
  const sealed = await seal(pair, binding, 'sk-demo-0123456789');
  const opened = openByHand({
    aead: AES_256_GCM,
    skRm: vector.skRm,
    pkRm: vector.pkRm,
    enc: Buffer.from(sealed.enc, 'base64url'),
    ct: Buffer.from(sealed.ciphertext, 'base64url'),
    info: Buffer.from('sluice/provider-key/v1'),
    aad: Buffer.from('v1\nteam-1\nprofile-1\nimage\nopenai_compatible\nhttp://127.0.0.1:4010'),
  });
  assert.equal(opened.toString(), 'sk-demo-0123456789');
});

type Aead = { id: number; name: 'aes-128-gcm' | 'aes-256-gcm'; keyBytes: number };
type Sealed = Record<'skRm' | 'pkRm' | 'enc' | 'info' | 'aad' | 'ct', Buffer> & { aead: Aead };

const AES_128_GCM: Aead = { id: 1, name: 'aes-128-gcm', keyBytes: 16 };
const AES_256_GCM: Aead = { id: 2, name: 'aes-256-gcm', keyBytes: 32 };

/** RFC 9180 sections 4.1 and 5.1 in node:crypto alone, so that the wire form does not rest on one library. */
function openByHand(sealed: Sealed): Buffer {
  const kem = Buffer.concat([Buffer.from('KEM'), Buffer.of(0, 0x10)]);
  const hpke = Buffer.concat([Buffer.from('HPKE'), Buffer.of(0, 0x10, 0, 1, 0, sealed.aead.id)]);
  const none = Buffer.alloc(0);

  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(sealed.skRm);
  const eaePrk = extract(kem, none, 'eae_prk', ecdh.computeSecret(sealed.enc));
  const shared = expand(kem, eaePrk, 'shared_secret', Buffer.concat([sealed.enc, sealed.pkRm]), 32);

  const baseMode = Buffer.of(0);
  const context = Buffer.concat([
    baseMode,
    extract(hpke, none, 'psk_id_hash', none),
    extract(hpke, none, 'info_hash', sealed.info),
  ]);
  const secret = extract(hpke, shared, 'secret', none);
  const key = expand(hpke, secret, 'key', context, sealed.aead.keyBytes);
  const nonce = expand(hpke, secret, 'base_nonce', context, 12);

  const decipher = createDecipheriv(sealed.aead.name, key, nonce);
  decipher.setAAD(sealed.aad).setAuthTag(sealed.ct.subarray(-16));
  return Buffer.concat([decipher.update(sealed.ct.subarray(0, -16)), decipher.final()]);
}

function extract(suiteId: Buffer, salt: Buffer, label: string, ikm: Buffer): Buffer {
  return hmac(salt, Buffer.concat([Buffer.from('HPKE-v1'), suiteId, Buffer.from(label), ikm]));
}

/** One block of HKDF-Expand: no output here is longer than SHA-256's. */
function expand(suiteId: Buffer, prk: Buffer, label: string, info: Buffer, length: number): Buffer {
  const labelled = [Buffer.of(0, length), Buffer.from('HPKE-v1'), suiteId, Buffer.from(label), info];
  return hmac(prk, Buffer.concat([...labelled, Buffer.of(1)])).subarray(0, length);
}

function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
