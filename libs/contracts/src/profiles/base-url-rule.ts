/** The entries of PROVIDER_ALLOWED_HOSTS (`host` or `host:port`, comma-separated; IPv6 in brackets). */
export function parseAllowedHosts(text: string): readonly string[] {
  return text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '');
}

/**
 * Whether a provider may be called at this base URL: null when it may, else what is wrong with it, to be shown
 * to whoever wrote the profile. Https to public hosts is allowed; http, and addresses that are literally
 * private, only where `allowedHosts` names `host` (any port) or `host:port`. Names are not resolved here:
 * a runner looks at the addresses when it connects. Auth applies it when a profile is written, a runner again before
 * it opens the key.
 */
export function checkBaseUrl(baseUrl: string, allowedHosts: readonly string[]): string | null {
  const url = URL.parse(baseUrl);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return 'must be an https URL';
  }
  if (url.username !== '' || url.password !== '') return 'must not contain credentials';
  if (baseUrl.includes('#')) return 'must not contain a fragment';
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (isAllowedHost(url.hostname, port, allowedHosts)) return null;
  if (url.protocol !== 'https:') return 'must be https: the operator does not allow http to this host';
  return isPrivateHost(url.hostname) ? 'is a private address, which the operator does not allow' : null;
}

/** Whether the operator named `hostname` (as the URL parser leaves it), for any port or for this one. */
export function isAllowedHost(hostname: string, port: string, allowedHosts: readonly string[]): boolean {
  return allowedHosts.some((entry) => entry === hostname || entry === `${hostname}:${port}`);
}

/** Whether an IP address, as a resolver gives it, is not one of the public internet; true for what is no address. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  const url = URL.parse(`http://${plain.includes(':') ? `[${plain}]` : plain}`);
  return url === null || !/^[\d.]+$|^\[/.test(url.hostname) || isPrivateHost(url.hostname);
}

/** A `hostname` as the URL parser leaves it: lower case, IPv4 in four decimals, IPv6 compressed in brackets. */
function isPrivateHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return isPrivateIpv6(groupsOf(hostname.slice(1, -1)));
  const name = hostname.replace(/\.$/, '');
  if (/^\d+(\.\d+){3}$/.test(name)) return isPrivateIpv4(name.split('.').map(Number));
  return name === 'localhost' || name.endsWith('.localhost') || METADATA_NAMES.includes(name);
}

const METADATA_NAMES: readonly string[] = ['metadata.google.internal', 'metadata', 'instance-data'];

/**
 * IANA's IPv4 special-purpose registry (RFC 6890): what is not globally reachable, documentation and relays too, and
 * Azure's 168.63.129.16.
 */
function isPrivateIpv4([a = 0, b = 0, c = 0, d = 0]: readonly number[]): boolean {
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 192 && b === 0 && (c === 0 || c === 2)) ||
    (a === 192 && b === 88 && c === 99) ||
    (a === 198 && (b === 18 || b === 19)) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113) ||
    (a === 168 && b === 63 && c === 129 && d === 16)
  );
}

/**
 * Public is global unicast (2000::/3, RFC 4291) without what IANA's IPv6 special-purpose registry takes out of it, and
 * an address that carries a public IPv4 address: mapped, NAT64 (RFC 6052), 6to4 (RFC 3056), ISATAP (RFC 5214).
 * Everything else is private: the local prefixes, and every form of carrying IPv4 that is not named here.
 */
function isPrivateIpv6(groups: readonly number[]): boolean {
  const [first = 0, second = 0, third = 0, , fifth = 0, sixth = 0] = groups;
  const carried = (high = 0, low = 0): boolean => isPrivateIpv4([high >> 8, high & 255, low >> 8, low & 255]);
  const last = [groups[6], groups[7]] as const;
  const zeros = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0);
  if (zeros(0, 5) && sixth === 0xffff) return carried(...last);
  if (first === 0x64 && second === 0xff9b && zeros(2, 6)) return carried(...last);
  if (first === 0x2002) return carried(second, third);
  if (first < 0x2000 || first > 0x3fff) return true;
  // IETF protocols (Teredo among them), documentation.
  if (first === 0x2001 && (second < 0x200 || second === 0xdb8)) return true;
  if (first === 0x3fff && second < 0x1000) return true;
  return (fifth === 0 || fifth === 0x200) && sixth === 0x5efe && carried(...last);
}

function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const read = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return read(head);
  const [left, right] = [read(head), read(tail)];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}
