import { hkdfSync } from 'node:crypto';
import { keyPairOf, type SealingKeyPair } from './keys.ts';

/** The key pairs that a service opens sealed calls with, by key id; `current` is the one it tells its callers. */
export type CallKeys = {
  readonly current: SealingKeyPair;
  readonly byId: ReadonlyMap<string, SealingKeyPair>;
};

const LABEL = 'sluice/sealed-call/p256/v1';
const IKM_BYTES = 32;

/**
 * Derives them from a service's secrets, the current one first, each of which may serve for other keys too: HKDF-SHA256
 * (RFC 5869) under a label of its own, then DeriveKeyPair (RFC 9180 section 7.1.3).
 */
export async function callKeys(secrets: readonly [string, ...string[]]): Promise<CallKeys> {
  const derive = (secret: string) =>
    keyPairOf(new Uint8Array(hkdfSync('sha256', secret, '', LABEL, IKM_BYTES)));
  const [current, ...previous] = secrets;
  const currentPair = await derive(current);
  const pairs = [currentPair, ...(await Promise.all(previous.map(derive)))];
  return { current: currentPair, byId: new Map(pairs.map((pair) => [pair.keyId, pair])) };
}
