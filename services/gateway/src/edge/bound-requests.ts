import type { Socket } from 'node:net';
import { AppError } from '@sluice/contracts';
import type { GatewayApp } from './gateway-app.ts';
import { LIMITS } from './limits.ts';

/** How many requests of a socket are under way. */
const UNDER_WAY = Symbol('under way');
type Counted = { [UNDER_WAY]?: number };

/** Bounds of a request that neither Node nor Fastify has: headers, requests at once on one connection, depth of JSON. */
export function boundRequests(app: GatewayApp): void {
  app.addHook('onRequest', ({ raw }, reply, done) => {
    const socket = raw.socket as Socket & Counted;
    const underWay = (socket[UNDER_WAY] ?? 0) + 1;
    socket[UNDER_WAY] = underWay;
    reply.raw.once('close', () => {
      socket[UNDER_WAY] = (socket[UNDER_WAY] ?? 1) - 1;
    });
    done(refusalOf(raw.rawHeaders.length / 2, underWay));
  });
  app.addHook('preValidation', ({ body }, _reply, done) => {
    if (!isDeeperThan(body, LIMITS.jsonDepth)) return done();
    done(new AppError('bad_request', `The body is nested deeper than ${LIMITS.jsonDepth} levels.`));
  });
}

function refusalOf(headers: number, underWay: number): AppError | undefined {
  if (headers > LIMITS.headers) {
    return new AppError('bad_request', `The request has more than ${LIMITS.headers} headers.`);
  }
  if (underWay > LIMITS.pipelined) {
    const message = `More than ${LIMITS.pipelined} requests at once on one connection; wait for answers.`;
    return new AppError('rate_limited', message);
  }
  return undefined;
}

/** The recursion ends at `most` levels, however deep the value is. */
function isDeeperThan(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (most === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isDeeperThan(item, most - 1));
  return Object.values(value).some((item) => isDeeperThan(item, most - 1));
}
