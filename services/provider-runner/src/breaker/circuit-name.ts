import { createHmac } from 'node:crypto';
import { originOf } from '@sluice/sealing';
import type { CallableProfile } from '../keys/open-profile.ts';

/**
 * Names the circuit of a call: the same for every profile that goes to one origin with one key, at every runner. A keyed
 * hash, since a short key could be guessed from a plain one by whoever sees the subjects.
 */
export type NameCircuit = (kind: string, opened: CallableProfile) => Promise<string>;

export function circuitNames(secret: string): NameCircuit {
  return async (kind, opened) => {
    const { baseUrl, apiKey } =
      kind === 'image' ? await opened.image() : { baseUrl: opened.profile.baseUrl, apiKey: opened.apiKey };
    return createHmac('sha256', secret)
      .update(`sluice/circuit/v1\n${originOf(baseUrl)}\n${apiKey}`)
      .digest('hex')
      .slice(0, 32);
  };
}
