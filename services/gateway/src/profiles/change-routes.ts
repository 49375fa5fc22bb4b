import { changeProfile, deleteProfile, profilePatchSchema } from '@sluice/contracts';
import { call } from '@sluice/messaging';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { actorOf } from '../identity/identity.ts';
import { etagOf, versionsOf } from './if-match.ts';
import { aiProfile, profileIdOf } from './named-profile.ts';

const OPTIMISTIC =
  'With `If-Match: "<version>"` (the ETag of an answer) it happens at that version alone, else the answer is 412.';

/** `PATCH` and `DELETE /api/ai-profiles/:id`. */
export function profileChangeRoutes(app: GatewayApp, { nc }: Pick<GatewayDeps, 'nc'>): void {
  app.patch(
    '/api/ai-profiles/:id',
    describeRoute({
      summary: 'Change a profile; null clears a field',
      description: `A JSON merge patch (RFC 7396). Another provider or another host needs the key again. ${OPTIMISTIC}`,
      tag: 'ai-profiles',
      access: { scope: 'profiles:write', role: 'owner' },
      params: z.object({ id: z.string() }),
      headers: ['If-Match'],
      body: profilePatchSchema.meta({ examples: [{ model: 'gpt-5', params: { temperature: null } }] }),
      answers: { 200: { description: 'the profile as it is now; ETag is its version', schema: aiProfile } },
      refusals: [412],
    }),
    async (request, reply) => {
      const changed = await call(
        nc,
        changeProfile,
        {
          actor: actorOf(request),
          profileId: profileIdOf(request.params),
          ifVersion: versionsOf(request.headers['if-match']),
          patch: request.body,
        },
        { requestId: request.id },
      );
      reply.header('etag', etagOf(changed));
      return changed;
    },
  );

  app.delete(
    '/api/ai-profiles/:id',
    describeRoute({
      summary: 'Delete a profile',
      description: `Jobs that wait for it fail with \`profile_unavailable\`. Refused (409) while other profiles fall back to it. ${OPTIMISTIC}`,
      tag: 'ai-profiles',
      access: { scope: 'profiles:write', role: 'owner' },
      params: z.object({ id: z.string() }),
      headers: ['If-Match'],
      answers: { 204: { description: 'the profile and its keys are gone' } },
      refusals: [409, 412],
    }),
    async (request, reply) => {
      await call(
        nc,
        deleteProfile,
        {
          actor: actorOf(request),
          profileId: profileIdOf(request.params),
          ifVersion: versionsOf(request.headers['if-match']),
        },
        { requestId: request.id },
      );
      return reply.code(204).send();
    },
  );
}
