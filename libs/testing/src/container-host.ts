import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import type { StartedTestContainer } from 'testcontainers';

/**
 * The address, ready for a URL, at which a container's mapped ports are reached. An address and not a name: `localhost`
 * has two, a port may be mapped to another number on each, and testcontainers gives the one of the first.
 */
export const hostOf = async (container: StartedTestContainer): Promise<string> => {
  const { address } = await lookup(container.getHost());
  return isIPv6(address) ? `[${address}]` : address;
};
