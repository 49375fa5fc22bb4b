import {
  AppError,
  createProfile,
  getProfile,
  idSchema,
  listProfiles,
  profileBodySchema,
  profileSchema,
  profilesQuerySchema,
} from '@sluice/contracts';
import { call } from '@sluice/messaging';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';

const profile = profileSchema.meta({ id: 'AiProfile' });
const example = {
  name: 'Default',
  provider: 'openai',
  model: 'gpt-5-mini',
  apiKey: 'the key that the provider gave you',
};

/** `/api/ai-profiles`: keys go in and never come back. */
export function profileRoutes(app: GatewayApp, { nc }: Pick<GatewayDeps, 'nc'>): void {
  app.post(
    '/api/ai-profiles',
    describeRoute({
      summary: 'Store a provider, a model and a key, which is sealed for the runners',
      tag: 'ai-profiles',
      access: { scope: 'profiles:write', role: 'owner' },
      body: profileBodySchema.meta({ examples: [example] }),
      answers: { 201: { description: 'the profile, without its key; Location names it', schema: profile } },
    }),
    async (request, reply) => {
      const { teamId, userId } = request.identity;
      const { body, id: requestId } = request;
      const created = await call(nc, createProfile, { teamId, userId, body }, { requestId });
      reply.code(201).header('location', `/api/ai-profiles/${created.id}`);
      return created;
    },
  );

  app.get(
    '/api/ai-profiles',
    describeRoute({
      summary: "The team's profiles, newest first",
      tag: 'ai-profiles',
      access: { scope: 'profiles:read' },
      query: profilesQuerySchema,
      answers: {
        200: {
          description: 'a page; `nextCursor` is null on the last one',
          schema: z.object({ items: z.array(profile), nextCursor: z.string().nullable() }),
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
      answers: { 200: { description: 'the profile, without its key', schema: profile } },
    }),
    async (request) => {
      const { id: profileId } = request.params;
      if (!idSchema.safeParse(profileId).success) throw new AppError('not_found', 'AI profile not found.');
      const { teamId } = request.identity;
      return call(nc, getProfile, { teamId, profileId }, { requestId: request.id });
    },
  );
}
