import { AppError } from '@sluice/contracts';
import { redactPath } from '@sluice/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LimitRequests } from '../limits/limit-requests.ts';
import { isOpenAiPath, openAiErrorAnswer } from '../openai-door/openai-error.ts';
import { errorAnswer } from './error-answer.ts';
import { errorOf } from './error-of.ts';
import type { GatewayApp } from './gateway-app.ts';

/** Answers an error in the shape of the API that was asked; what was not foreseen is logged with all there is to know. */
export function sendError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  production: boolean,
) {
  const error = errorOf(thrown, request.routeOptions?.bodyLimit);
  const answerOf = isOpenAiPath(request.url) ? openAiErrorAnswer : errorAnswer;
  const { status, headers, body } = answerOf(error, request.id, production);
  // Fastify closes here, and a client that is still sending would see its connection reset instead of this answer. Kept
  // open, Node reads the rest of the body and forgets it, for as long as a request may take.
  if (error.code === 'payload_too_large') reply.removeHeader('connection');
  if (error.code === 'internal') request.log.error({ err: error.cause ?? error }, 'a request failed');
  else if (status >= 500) request.log.warn({ err: error }, 'a request could not be served');
  else request.log.debug({ code: error.code, reason: error.message }, 'a request was refused');
  return reply
    .code(status)
    .headers(headers)
    .type('application/json; charset=utf-8')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(body);
}

/** Every error and every unknown route of the server is answered in the API's shape; the latter count by address. */
export function answerErrors(app: GatewayApp, production: boolean, limit: LimitRequests): void {
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply, production));
  app.setNotFoundHandler((request, reply) => {
    limit.stranger(request, reply);
    const path = redactPath(request.url.split('?', 1)[0] ?? '');
    const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
    return sendError(
      new AppError('not_found', `There is no ${request.method} ${shown}.`),
      request,
      reply,
      production,
    );
  });
}
