import { sign } from 'node:crypto';
import { EVENT_TYPE } from '@sluice/contracts';
import type { SigningKey } from './signed-token.ts';

export type EventChanges = {
  /** What the signature says of itself instead. */
  readonly header?: object;
  readonly iatMs?: number;
  /** By whom else it is signed, before `key`. */
  readonly others?: readonly SigningKey[];
};

/** An event as auth signs it, for a subject. */
export function signedEvent(
  key: SigningKey,
  subject: string,
  body: unknown,
  { header = {}, iatMs = Date.now(), others = [] }: EventChanges = {},
): string {
  const payload = encoded({ subject, iatMs, body });
  const signatures = [...others, key].map(({ kid, privateKey }) => {
    const head = encoded({ alg: 'EdDSA', typ: EVENT_TYPE, kid, ...header });
    const signature = sign(null, Buffer.from(`${head}.${payload}`), privateKey).toString('base64url');
    return { protected: head, signature };
  });
  return JSON.stringify({ payload, signatures });
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
