import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { fromBase64url, toBase64url } from './base64url.ts';
import type { CallKeys } from './call-keys.ts';
import { SealingError } from './errors.ts';
import { type SealingPublicKey, suite } from './keys.ts';

/** What a request and its reply are bound to: opened for another subject or request id, both are refused. */
export type CallBinding = { readonly subject: string; readonly requestId: string };

/** A request that one service alone can read; `enc` and `ciphertext` in base64url. */
export type SealedCall = { readonly keyId: string; readonly enc: string; readonly ciphertext: string };

/** A reply that whoever sealed the request can read; both in base64url. */
export type SealedReply = { readonly nonce: string; readonly ciphertext: string };

const PROTOCOL = 'sluice/sealed-call/v1';
const EXPORT_LABEL = new TextEncoder().encode(`${PROTOCOL} reply`);
const AES = 'aes-256-gcm';
const AES_KEY_BYTES = 32;
const AES_NONCE_BYTES = 12;
const AES_TAG_BYTES = 16;
/** max(Nn, Nk) of RFC 9458 section 4.4. */
const REPLY_NONCE_BYTES = 32;

/**
 * Seals a request to a service's public key with HPKE base mode (RFC 9180). What comes back opens its reply alone;
 * `openReply` throws `does_not_open`.
 */
export async function sealCall(
  publicKey: SealingPublicKey,
  binding: CallBinding,
  text: string,
): Promise<{ sealed: SealedCall; openReply(reply: SealedReply): string }> {
  const context = await suite.createSenderContext({
    recipientPublicKey: publicKey.key,
    info: infoOf(binding),
  });
  const aad = additionalDataOf(binding);
  const ciphertext = await context.seal(new TextEncoder().encode(text), aad);
  const enc = new Uint8Array(context.enc);
  const secret = new Uint8Array(await context.export(EXPORT_LABEL, AES_KEY_BYTES));
  return {
    sealed: { keyId: publicKey.keyId, enc: toBase64url(enc), ciphertext: toBase64url(ciphertext) },
    openReply: (reply) => openReply({ secret, enc, aad }, reply),
  };
}

/**
 * Opens a request that `sealCall` made. Throws `key_unknown` when it is sealed to a key that is not among these, and
 * `does_not_open` when it was altered or belongs to another subject or request id.
 */
export async function openCall(
  keys: CallKeys,
  binding: CallBinding,
  sealed: SealedCall,
): Promise<{ text: string; sealReply(text: string): SealedReply }> {
  const pair = keys.byId.get(sealed.keyId);
  if (pair === undefined) throw new SealingError('key_unknown', 'the call is sealed to an unknown key');
  const enc = fromBase64url(sealed.enc);
  const ciphertext = fromBase64url(sealed.ciphertext);
  if (enc === null || ciphertext === null) throw doesNotOpen();
  const aad = additionalDataOf(binding);
  try {
    const recipientKey = { publicKey: pair.key, privateKey: pair.privateKey };
    const context = await suite.createRecipientContext({ recipientKey, enc, info: infoOf(binding) });
    const text = decode(new Uint8Array(await context.open(ciphertext, aad)));
    const secret = new Uint8Array(await context.export(EXPORT_LABEL, AES_KEY_BYTES));
    return { text, sealReply: (reply) => sealReply({ secret, enc, aad }, reply) };
  } catch {
    throw doesNotOpen();
  }
}

/** What both ends hold after a request: the exporter's secret (RFC 9180 section 5.3) and what it is used with. */
type ReplyContext = { readonly secret: Uint8Array; readonly enc: Uint8Array; readonly aad: Uint8Array };

/** RFC 9458 section 4.4, with additional data in place of none. */
const replyKey = ({ secret, enc }: ReplyContext, nonce: Uint8Array) => {
  const salt = Buffer.concat([enc, nonce]);
  return {
    key: Buffer.from(hkdfSync('sha256', secret, salt, 'key', AES_KEY_BYTES)),
    iv: Buffer.from(hkdfSync('sha256', secret, salt, 'nonce', AES_NONCE_BYTES)),
  };
};

const sealReply = (context: ReplyContext, text: string): SealedReply => {
  const nonce = randomBytes(REPLY_NONCE_BYTES);
  const { key, iv } = replyKey(context, nonce);
  const cipher = createCipheriv(AES, key, iv).setAAD(context.aad);
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { nonce: toBase64url(nonce), ciphertext: toBase64url(ciphertext) };
};

const openReply = (context: ReplyContext, reply: SealedReply): string => {
  const nonce = fromBase64url(reply.nonce);
  const bytes = fromBase64url(reply.ciphertext);
  if (nonce?.length !== REPLY_NONCE_BYTES || bytes === null || bytes.length < AES_TAG_BYTES)
    throw doesNotOpen();
  const { key, iv } = replyKey(context, nonce);
  try {
    const decipher = createDecipheriv(AES, key, iv, { authTagLength: AES_TAG_BYTES }).setAAD(context.aad);
    decipher.setAuthTag(bytes.subarray(-AES_TAG_BYTES));
    return decode(Buffer.concat([decipher.update(bytes.subarray(0, -AES_TAG_BYTES)), decipher.final()]));
  } catch {
    throw doesNotOpen();
  }
};

const infoOf = ({ subject }: CallBinding): Uint8Array => new TextEncoder().encode(`${PROTOCOL}\n${subject}`);

const additionalDataOf = ({ subject, requestId }: CallBinding): Uint8Array =>
  new TextEncoder().encode(`${subject}\n${requestId}`);

const decode = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

const doesNotOpen = (): SealingError =>
  new SealingError('does_not_open', 'the call does not open: altered, or sealed for another use');
