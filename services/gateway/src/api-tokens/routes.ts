import {
  apiTokenBodySchema,
  apiTokenNotFound,
  apiTokenSchema,
  createApiToken,
  createdApiTokenSchema,
  idSchema,
  listApiTokens,
  pageQuerySchema,
  revokeApiToken,
} from '@sluice/contracts';
import { call } from '@sluice/messaging';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { actorOf } from '../identity/identity.ts';

const apiToken = apiTokenSchema.meta({ id: 'ApiToken' });
const created = createdApiTokenSchema.meta({ id: 'CreatedApiToken' });
const example = { name: 'nightly import', scopes: ['jobs:write', 'jobs:read'] };

/** `/api/tokens`: for sessions of owners. An API token never makes, lists or revokes another. */
export function apiTokenRoutes(app: GatewayApp, { nc }: Pick<GatewayDeps, 'nc'>): void {
  app.post(
    '/api/tokens',
    describeRoute({
      summary: 'Make an API token for a machine; it is shown this once',
      description: 'It ends after 90 days unless `expiresAt` says when, 366 days ahead at most.',
      tag: 'tokens',
      access: { role: 'owner' },
      body: apiTokenBodySchema.meta({ examples: [example] }),
      answers: { 201: { description: 'the token; `token` is never shown again', schema: created } },
    }),
    async (request, reply) => {
      const { body, id: requestId } = request;
      const made = await call(nc, createApiToken, { actor: actorOf(request), body }, { requestId });
      reply.code(201);
      return made;
    },
  );

  app.get(
    '/api/tokens',
    describeRoute({
      summary: "The team's API tokens, newest first, without their secrets",
      tag: 'tokens',
      access: { role: 'owner' },
      query: pageQuerySchema,
      answers: {
        200: {
          description: 'a page; `nextCursor` is null on the last one',
          schema: z.object({ items: z.array(apiToken), nextCursor: z.string().nullable() }),
        },
      },
    }),
    (request) => {
      const { query, id: requestId } = request;
      return call(nc, listApiTokens, { actor: actorOf(request), query }, { requestId });
    },
  );

  app.delete(
    '/api/tokens/:id',
    describeRoute({
      summary: 'Revoke an API token, at once on every gateway',
      tag: 'tokens',
      access: { role: 'owner' },
      params: z.object({ id: z.string() }),
      answers: { 204: { description: 'it is refused from now on' } },
    }),
    async (request, reply) => {
      const { id: tokenId } = request.params;
      if (!idSchema.safeParse(tokenId).success) throw apiTokenNotFound();
      await call(nc, revokeApiToken, { actor: actorOf(request), tokenId }, { requestId: request.id });
      return reply.code(204).send();
    },
  );
}
