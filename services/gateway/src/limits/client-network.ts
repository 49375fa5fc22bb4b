import { createHash } from 'node:crypto';

/**
 * What an address is counted as: itself, or its first 64 bits where it is IPv6. A customer has so much at least (RFC
 * 6177), and changes the rest at will.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [plain = ''] = address.split('%', 1);
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const network = [...groups, ...Array<string>(tail === undefined ? 0 : 8).fill('0')].slice(0, 4);
  return network.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}

/** The subject token of a network: one that holds neither dots nor whom it names. */
export function networkToken(network: string): string {
  return createHash('sha256').update(network).digest('hex').slice(0, 32);
}
