import {
  createProfile,
  getProfile,
  listProfiles,
  pageQuerySchema,
  profileBodySchema,
} from '@sluice/contracts';
import { call } from '@sluice/messaging';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { actorOf } from '../identity/identity.ts';
import { profileChangeRoutes } from './change-routes.ts';
import { etagOf } from './if-match.ts';
import { aiProfile, profileIdOf } from './named-profile.ts';
import { sealingKeyRoute } from './sealing-key-route.ts';

const example = {
  name: 'Default',
  provider: 'openai',
  model: 'gpt-5-mini',
  apiKey: 'the key that the provider gave you',
};

/** `/api/ai-profiles` and `/api/keys/sealing`: keys go in and never come back. */
export function profileRoutes(app: GatewayApp, deps: Pick<GatewayDeps, 'nc'>): void {
  const { nc } = deps;
  app.post(
    '/api/ai-profiles',
    describeRoute({
      summary: 'Store a provider, a model and a key, which is sealed for the runners',
      tag: 'ai-profiles',
      access: { scope: 'profiles:write', role: 'owner' },
      body: profileBodySchema.meta({ examples: [example] }),
      answers: {
        201: {
          description: 'the profile, without its key; Location names it, ETag its version',
          schema: aiProfile,
        },
      },
      refusals: [404],
    }),
    async (request, reply) => {
      const { body, id: requestId } = request;
      const created = await call(nc, createProfile, { actor: actorOf(request), body }, { requestId });
      reply.code(201).header('location', `/api/ai-profiles/${created.id}`).header('etag', etagOf(created));
      return created;
    },
  );

  app.get(
    '/api/ai-profiles',
    describeRoute({
      summary: "The team's profiles, newest first",
      tag: 'ai-profiles',
      access: { scope: 'profiles:read' },
      query: pageQuerySchema,
      answers: {
        200: {
          description: 'a page; `nextCursor` is null on the last one',
          schema: z.object({ items: z.array(aiProfile), nextCursor: z.string().nullable() }),
        },
      },
    }),
    (request) => {
      const { teamId } = request.identity;
      return call(nc, listProfiles, { teamId, query: request.query }, { requestId: request.id });
    },
  );

  app.get(
    '/api/ai-profiles/:id',
    describeRoute({
      summary: 'One profile',
      tag: 'ai-profiles',
      access: { scope: 'profiles:read' },
      params: z.object({ id: z.string() }),
      answers: {
        200: { description: 'the profile, without its key; ETag is its version', schema: aiProfile },
      },
    }),
    async (request, reply) => {
      const profileId = profileIdOf(request.params);
      const { teamId } = request.identity;
      const found = await call(nc, getProfile, { teamId, profileId }, { requestId: request.id });
      reply.header('etag', etagOf(found));
      return found;
    },
  );

  profileChangeRoutes(app, deps);
  sealingKeyRoute(app, deps);
}
