import { createCipheriv, randomBytes } from 'node:crypto';

/** What wrote the older form: AES-256-GCM, `iv.tag.ciphertext` in base64, with the bytes of the secret. */
export function olderForm(secret: string, key: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(secret, 'base64'), iv);
  const ciphertext = Buffer.concat([cipher.update(key), cipher.final()]);
  return [iv, cipher.getAuthTag(), ciphertext].map((part) => part.toString('base64')).join('.');
}
