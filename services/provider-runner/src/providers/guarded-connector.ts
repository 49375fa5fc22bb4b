import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isAllowedHost, isPrivateAddress } from '@sluice/contracts';
import { buildConnector } from 'undici';

/** Resolves a name to all of its addresses. */
export type Resolve = (
  name: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export type GuardedConnectorOptions = {
  readonly connectMs: number;
  /** PROVIDER_ALLOWED_HOSTS: these may be at private addresses. */
  readonly allowedHosts: readonly string[];
  /** The system's own when left out. */
  readonly resolve?: Resolve;
};

/** `code` of the error of a connection that was not made because its address is private. */
export const PRIVATE_ADDRESS = 'SLUICE_PRIVATE_ADDRESS';

/**
 * Connects for undici, to public addresses alone unless the operator named the host. The addresses looked at are the
 * very ones that are then connected to, so that a name which resolves to another address a moment later (DNS
 * rebinding) gains nothing. One private address among several refuses the name.
 */
export function guardedConnector(options: GuardedConnectorOptions): buildConnector.connector {
  const { connectMs, allowedHosts, resolve = systemLookup } = options;
  const settings = { timeout: connectMs, allowH2: true };
  const anywhere = buildConnector(settings);
  const publicAlone = buildConnector({ ...settings, lookup: publicLookup(resolve) });

  return (target, callback) => {
    const { hostname, protocol } = target;
    const port = target.port || (protocol === 'https:' ? '443' : '80');
    if (isAllowedHost(hostname.toLowerCase(), port, allowedHosts)) return anywhere(target, callback);
    // What is an address already is not looked up.
    if (isLiteral(hostname) && isPrivateAddress(hostname.replace(/^\[|\]$/g, ''))) {
      return callback(privateAddress(), null);
    }
    return publicAlone(target, callback);
  };
}

const isLiteral = (hostname: string): boolean => hostname.includes(':') || /^[\d.]+$/.test(hostname);

function publicLookup(resolve: Resolve): LookupFunction {
  return (name, options, done) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) return done(error ?? privateAddress(), '');
      if (addresses.some(({ address }) => isPrivateAddress(address))) return done(privateAddress(), '');
      if (options.all) return done(null, addresses);
      return done(null, first.address, first.family);
    });
  };
}

function privateAddress(): NodeJS.ErrnoException {
  return Object.assign(new Error('the host is at a private address'), { code: PRIVATE_ADDRESS });
}
