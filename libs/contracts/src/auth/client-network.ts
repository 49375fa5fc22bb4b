const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const NETWORK_GROUPS = 4;

/**
 * What an address is counted as, wherever Sluice counts by address: an IPv4 address as itself, however it is written,
 * and an IPv6 one as its first 64 bits. A subscriber has so much at least for themselves (RFC 6177), and moves about in
 * it at will.
 */
export function networkOf(address: string): string {
  const plain = address.replace(/%.*$/, '').replace(MAPPED_IPV4, '$1');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const all = [...before, ...Array.from({ length: gap }, () => '0'), ...after];
  return all
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
