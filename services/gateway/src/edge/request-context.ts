import type { IncomingMessage } from 'node:http';
import { newId, requestIdSchema } from '@sluice/contracts';
import {
  annotateSpan,
  inContext,
  type Logger,
  nameHttpSpan,
  SLUICE,
  startServerSpanContext,
  traceIdOf,
} from '@sluice/telemetry';
import type { GatewayApp } from './gateway-app.ts';

/** An answer that took longer is worth a line even where the level is `info`. */
const SLOW_MS = 5_000;

/** The caller's `x-request-id` where it is sane, else a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && requestIdSchema.safeParse(given).success ? given : newId();
}

/**
 * Gives every request its id (also on its answer, whoever writes that), trace, and a log whose lines carry both; and
 * one line when the answer is out: at `info` when it failed or was slow, at `debug` else.
 */
export function giveContext(app: GatewayApp, log: Logger): void {
  app.decorateRequest('trace');
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = reply;
    const begun = performance.now();
    const { id: requestId, method } = request;
    const span = startServerSpanContext(request.headers);
    const traceId = traceIdOf(span.context) ?? '';
    request.trace = { context: span.context, traceId };
    const requestLog = log.child({ requestId, traceId });
    request.log = requestLog;
    reply.log = requestLog;
    // Beneath Fastify, so that answers which take over the socket carry it too.
    raw.setHeader('x-request-id', requestId);
    const route = request.routeOptions.url;
    if (route !== undefined) nameHttpSpan(method, route, span.context);
    annotateSpan({ [SLUICE.requestId]: requestId }, span.context);
    raw.once('close', () => {
      span.end();
      const ms = performance.now() - begun;
      const level = raw.statusCode >= 500 || ms > SLOW_MS ? 'info' : 'debug';
      if (!requestLog.isLevelEnabled(level)) return;
      const fields = { method, route, status: raw.statusCode, ms: Math.round(ms) };
      requestLog[level](fields, raw.writableFinished ? 'answered' : 'the client left');
    });
    inContext(span.context, done);
  });
}
