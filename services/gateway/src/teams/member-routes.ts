import {
  changeMemberRole,
  listMembers,
  memberBodySchema,
  memberPageSchema,
  memberSchema,
  pageQuerySchema,
  removeMember,
} from '@sluice/contracts';
import { call } from '@sluice/messaging';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { actorOf } from '../identity/identity.ts';
import { pathId } from './path-id.ts';

const params = z.object({ id: z.string() });
const memberParams = params.extend({ userId: z.string() });
const LAST_OWNER = 'Refused (409) where the team would have no owner left.';

/** `/api/teams/:id/members` and `/leave`. */
export function memberRoutes(app: GatewayApp, { nc }: Pick<GatewayDeps, 'nc'>): void {
  app.get(
    '/api/teams/:id/members',
    describeRoute({
      summary: 'Who belongs to a team, in the order of joining',
      tag: 'teams',
      access: {},
      params,
      query: pageQuerySchema,
      answers: {
        200: { description: 'a page; `nextCursor` is null on the last one', schema: memberPageSchema },
      },
    }),
    async (request) => {
      const teamId = pathId(request.params.id, 'team');
      const asked = { actor: actorOf(request), teamId, query: request.query };
      return call(nc, listMembers, asked, { requestId: request.id });
    },
  );

  app.patch(
    '/api/teams/:id/members/:userId',
    describeRoute({
      summary: 'Make a member an owner, or an owner a member (owners)',
      description:
        'Their access tokens in the team are refused at once; a refresh gives one with the new role. ' +
        LAST_OWNER,
      tag: 'teams',
      access: {},
      params: memberParams,
      body: memberBodySchema.meta({ examples: [{ role: 'owner' }] }),
      answers: {
        200: { description: 'the member', schema: memberSchema },
      },
      refusals: [409],
    }),
    async (request) => {
      const teamId = pathId(request.params.id, 'team');
      const userId = pathId(request.params.userId, 'member');
      const asked = { actor: actorOf(request), teamId, userId, body: request.body };
      return call(nc, changeMemberRole, asked, { requestId: request.id });
    },
  );

  app.delete(
    '/api/teams/:id/members/:userId',
    describeRoute({
      summary: 'Remove a member (owners), or leave',
      description: `Their sessions and API tokens in the team end at once. ${LAST_OWNER}`,
      tag: 'teams',
      access: {},
      params: memberParams,
      answers: {
        204: { description: 'no member any more' },
      },
      refusals: [409],
    }),
    async (request, reply) => {
      const teamId = pathId(request.params.id, 'team');
      const userId = pathId(request.params.userId, 'member');
      const asked = { actor: actorOf(request), teamId, userId };
      await call(nc, removeMember, asked, { requestId: request.id });
      return reply.code(204).send();
    },
  );

  app.post(
    '/api/teams/:id/leave',
    describeRoute({
      summary: 'Leave a team',
      description: LAST_OWNER,
      tag: 'teams',
      access: {},
      params,
      answers: {
        204: { description: 'the user is no member any more' },
      },
      refusals: [409],
    }),
    async (request, reply) => {
      const teamId = pathId(request.params.id, 'team');
      const asked = { actor: actorOf(request), teamId, userId: request.identity.userId };
      await call(nc, removeMember, asked, { requestId: request.id });
      return reply.code(204).send();
    },
  );
}
