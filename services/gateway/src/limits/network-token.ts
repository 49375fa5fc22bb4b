import { createHash } from 'node:crypto';

/** The subject token of a network: one that holds neither dots nor whom it names. */
export function networkToken(network: string): string {
  return createHash('sha256').update(network).digest('hex').slice(0, 32);
}
