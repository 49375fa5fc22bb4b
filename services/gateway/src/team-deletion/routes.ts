import { deleteTeam, deleteTeamBodySchema, teamDeletionSchema } from '@sluice/contracts';
import { call } from '@sluice/messaging';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { actorOf } from '../identity/identity.ts';
import { pathId } from '../teams/path-id.ts';

/** Auth answers within 26 s. In milliseconds. */
const TIMEOUT_MS = 28_000;

const schema = teamDeletionSchema.meta({ id: 'TeamDeletion' });

/** `DELETE /api/teams/:id`. */
export function teamDeletionRoutes(app: GatewayApp, { nc }: Pick<GatewayDeps, 'nc'>): void {
  app.delete(
    '/api/teams/:id',
    describeRoute({
      summary: 'Delete a team with everything in it (owners)',
      description:
        'The body repeats the name of the team. Nobody can use the team from that moment on: its sessions and API ' +
        'tokens end, its jobs are cancelled. Users stay. The audit log keeps what was done to the team.',
      tag: 'teams',
      access: {},
      params: z.object({ id: z.string() }),
      body: deleteTeamBodySchema.meta({ examples: [{ name: 'Analytical Engines' }] }),
      answers: {
        200: { description: 'deleted, and what was removed', schema },
        202: { description: 'still `deleting`: what was removed so far; it goes on by itself', schema },
      },
    }),
    async (request, reply) => {
      const teamId = pathId(request.params.id, 'team');
      const asked = { actor: actorOf(request), teamId, body: request.body };
      const deletion = await call(nc, deleteTeam, asked, { requestId: request.id, timeoutMs: TIMEOUT_MS });
      reply.code(deletion.status === 'deleted' ? 200 : 202);
      return deletion;
    },
  );
}
