import { createHash } from 'node:crypto';
import { networkOf } from '@sluice/contracts';
import { decideThrottle, windowOf } from './decide-throttle.ts';
import type { ThrottleRepository } from './throttle-repository.ts';

/** Who tries: `email` in its canonical form; `address` is missing when no gateway asked. */
export type Attempt = { email: string; address: string | undefined };

/** Each counts an attempt, before anything is hashed, and throws AppError `rate_limited` when it is one too many. */
export type Throttle = {
  /** Register, login and change of password: by address, and by account whether or not it exists. */
  credentials(attempt: Attempt): Promise<void>;
  /** The password was right: this address counts for itself from now on. */
  succeeded(attempt: Attempt): Promise<void>;
  refresh(address: string | undefined): Promise<void>;
};

const KNOWN_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * `limit` attempts a minute of the clock by each address, and for each account. A fixed window lets twice the limit
 * pass around its edge, but no more on average, and average is what guessing lives on; it needs one atomic write and
 * no read. Right passwords count too, or a guess would tell itself by not counting.
 *
 * How long a stranger can keep a user out by using up the account's attempts: from a network that the user has logged
 * in from in the last 30 days, not at all, since it is counted apart; from any other, until the minute ends in which
 * the stranger stops. What an address tries beyond its own limit does not count for the account, so that a single
 * stranger uses up no account but the first ones of each minute.
 */
export function makeThrottle(deps: {
  repository: ThrottleRepository;
  limit: number;
  now: () => Date;
}): Throttle {
  const { repository, limit, now } = deps;
  const count = async (key: string): Promise<void> => {
    const at = now();
    decideThrottle(await repository.count(key, windowOf(at)), limit, at);
  };
  return {
    async credentials({ email, address }) {
      if (limit === 0) return;
      if (address === undefined) return count(keyOf('account', email));
      const network = networkOf(address);
      await count(keyOf('address', network));
      const own = keyOf('account-address', email, network);
      await count((await repository.isRemembered(own, now())) ? own : keyOf('account', email));
    },
    async succeeded({ email, address }) {
      if (limit === 0 || address === undefined) return;
      const until = new Date(now().getTime() + KNOWN_MS);
      await repository.remember(keyOf('account-address', email, networkOf(address)), until);
    },
    async refresh(address) {
      if (limit === 0 || address === undefined) return;
      await count(keyOf('refresh', networkOf(address)));
    },
  };
}

/** Hashed, so that the counts are no list of who tried what from where. */
function keyOf(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('base64url');
}
