import { AppError, networkOf } from '@sluice/contracts';
import type { SharedCounters } from '@sluice/messaging';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { networkToken } from './network-token.ts';
import { createRateLimiter, type RateLimiter, type Verdict, WINDOW_SECONDS } from './rate-limiter.ts';

/** Requests a minute; 0 is no limit. */
export type RequestLimits = {
  readonly team: number;
  /** Of one API token; a team's limit holds for its tokens together. */
  readonly token: number;
  readonly address: number;
};

export type LimitRequests = {
  /** A caller with a valid token, by team and API token. Throws AppError `rate_limited`. */
  caller(request: FastifyRequest, reply: FastifyReply): void;
  /** A request without one, by its address, so that customers behind one address are never held up by others there. */
  stranger(request: FastifyRequest, reply: FastifyReply): void;
  /**
   * Before auth is asked about an API token that nobody has verified yet, by its sender's address and apart from every
   * other count: only what auth refuses is counted, which the function returned is told. Throws AppError `rate_limited`.
   */
  guess(request: Pick<FastifyRequest, 'ip'>): (refused: boolean) => void;
};

type Applied = { readonly limiter: RateLimiter; readonly id: string };

/** The limits of all gateways together, and their headers (draft-ietf-httpapi-ratelimit-headers-10) on each answer. */
export function createLimitRequests(counters: SharedCounters, limits: RequestLimits): LimitRequests {
  const limiter = (name: keyof RequestLimits, tokenOf?: (id: string) => string): RateLimiter | undefined =>
    limits[name] > 0
      ? createRateLimiter(counters, name, limits[name], tokenOf ? { tokenOf } : {})
      : undefined;
  const team = limiter('team');
  const token = limiter('token');
  const address = limiter('address', networkToken);
  const guesses =
    limits.address > 0
      ? createRateLimiter(counters, 'guess', limits.address, { tokenOf: networkToken })
      : undefined;
  /** How many API tokens of a network auth is being asked about. */
  const asking = new Map<string, number>();

  return {
    caller({ identity }, reply) {
      const applied: Applied[] = [];
      if (team) applied.push({ limiter: team, id: identity.teamId });
      if (token && identity.token) applied.push({ limiter: token, id: identity.token.id });
      apply(applied, reply);
    },
    stranger({ ip }, reply) {
      if (address) apply([{ limiter: address, id: networkOf(ip) }], reply);
    },
    guess({ ip }) {
      if (!guesses) return () => undefined;
      const id = networkOf(ip);
      const underWay = asking.get(id) ?? 0;
      const { allowed, remaining, seconds } = guesses.check(id);
      // All that are under way may be refused yet.
      if (!allowed || remaining < underWay) {
        throw new AppError(
          'rate_limited',
          `More than ${limits.address} API tokens that are not valid came from one address in a minute.`,
          { retryAfterMs: (allowed ? 1 : seconds) * 1000 },
        );
      }
      asking.set(id, underWay + 1);
      return (refused) => {
        const left = (asking.get(id) ?? 1) - 1;
        if (left > 0) asking.set(id, left);
        else asking.delete(id);
        if (refused) guesses.count(id);
      };
    },
  };
}

/** What is refused by one limit is counted by none, so that whoever keeps asking gets in as soon as there is room. */
function apply(applied: readonly Applied[], reply: FastifyReply): void {
  if (applied.length === 0) return;
  const verdicts = applied.map(({ limiter, id }) => ({ limiter, ...limiter.check(id) }));
  tell(reply, verdicts);
  const [refused, ...more] = verdicts.filter(({ allowed }) => !allowed);
  if (!refused) {
    for (const { limiter, id } of applied) limiter.count(id);
    return;
  }
  const { name, limit } = refused.limiter;
  const seconds = Math.max(refused.seconds, ...more.map((verdict) => verdict.seconds));
  throw new AppError('rate_limited', `More than ${limit} requests a minute for one ${name}.`, {
    retryAfterMs: seconds * 1000,
  });
}

function tell(reply: FastifyReply, verdicts: readonly (Verdict & { limiter: RateLimiter })[]): void {
  const policies = verdicts.map(({ limiter: { name, limit } }) => `"${name}";q=${limit};w=${WINDOW_SECONDS}`);
  const states = verdicts.map(
    ({ limiter: { name }, remaining, seconds }) => `"${name}";r=${remaining};t=${seconds}`,
  );
  reply.header('ratelimit-policy', policies.join(', '));
  reply.header('ratelimit', states.join(', '));
}

/** Open routes count by address; a probe, the public keys and the documentation never do. */
const UNLIMITED = /^\/(healthz|readyz|docs|\.well-known\/jwks\.json)(\/|$)/;

/** Limits every open route that is added from now on, and what no route answers; guard-routes.ts has the others. */
export function limitOpenRoutes(app: GatewayApp, limit: LimitRequests): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.access !== 'open' || UNLIMITED.test(route.url)) return;
    const before = route.onRequest === undefined ? [] : [route.onRequest].flat();
    route.onRequest = [async (request, reply) => limit.stranger(request, reply), ...before];
  });
}
