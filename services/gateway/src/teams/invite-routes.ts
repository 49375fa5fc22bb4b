import {
  acceptBodySchema,
  acceptInvite,
  createInvite,
  inviteBodySchema,
  invitePageSchema,
  listInvites,
  newInviteSchema,
  ownTeamSchema,
  pageQuerySchema,
  revokeInvite,
} from '@sluice/contracts';
import { call } from '@sluice/messaging';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { actorOf } from '../identity/identity.ts';
import { pathId } from './path-id.ts';

const params = z.object({ id: z.string() });
const ACCEPTING = {
  answers: {
    200: {
      description: 'the team that the user belongs to now; switch to it',
      schema: ownTeamSchema.meta({ id: 'Team' }),
    },
  },
  refusals: [404, 409],
};
const MEMBER_ALREADY = 'Refused (409) where the user is a member already; the code stays good.';

/** `/api/teams/:id/invites` and `/api/invites`. */
export function inviteRoutes(app: GatewayApp, { nc }: Pick<GatewayDeps, 'nc'>): void {
  app.post(
    '/api/teams/:id/invites',
    describeRoute({
      summary: 'Make a code by which one person may join (owners)',
      description: 'The code is shown once. With `email` it serves the user of that address alone.',
      tag: 'teams',
      access: {},
      params,
      body: inviteBodySchema.prefault({}).meta({ examples: [{ email: 'ada@example.com', role: 'member' }] }),
      answers: { 201: { description: 'the invite with its code', schema: newInviteSchema } },
      refusals: [409],
    }),
    async (request, reply) => {
      const teamId = pathId(request.params.id, 'team');
      const asked = { actor: actorOf(request), teamId, body: request.body };
      const created = await call(nc, createInvite, asked, { requestId: request.id });
      reply.code(201);
      return created;
    },
  );

  app.get(
    '/api/teams/:id/invites',
    describeRoute({
      summary: 'Open invites, newest first (owners)',
      tag: 'teams',
      access: {},
      params,
      query: pageQuerySchema,
      answers: {
        200: { description: 'a page; `nextCursor` is null on the last one', schema: invitePageSchema },
      },
    }),
    async (request) => {
      const teamId = pathId(request.params.id, 'team');
      const asked = { actor: actorOf(request), teamId, query: request.query };
      return call(nc, listInvites, asked, { requestId: request.id });
    },
  );

  app.delete(
    '/api/teams/:id/invites/:inviteId',
    describeRoute({
      summary: 'Revoke an open invite (owners)',
      tag: 'teams',
      access: {},
      params: params.extend({ inviteId: z.string() }),
      answers: { 204: { description: 'its code is worth nothing any more' } },
    }),
    async (request, reply) => {
      const teamId = pathId(request.params.id, 'team');
      const inviteId = pathId(request.params.inviteId, 'invite');
      const asked = { actor: actorOf(request), teamId, inviteId };
      await call(nc, revokeInvite, asked, { requestId: request.id });
      return reply.code(204).send();
    },
  );

  app.post(
    '/api/invites/accept',
    describeRoute({
      summary: 'Join a team by the code of an invite',
      description: MEMBER_ALREADY,
      tag: 'teams',
      access: {},
      body: acceptBodySchema.meta({ examples: [{ code: 'slinv_… as it was handed to you' }] }),
      ...ACCEPTING,
    }),
    async (request) => {
      const asked = { actor: actorOf(request), code: request.body.code };
      return call(nc, acceptInvite, asked, { requestId: request.id });
    },
  );

  app.post(
    '/api/invites/:code/accept',
    describeRoute({
      summary: 'The same with the code in the path',
      description:
        'Prefer `POST /api/invites/accept`: paths end up in the logs of proxies. Sluice itself records the path ' +
        `without the code. ${MEMBER_ALREADY}`,
      tag: 'teams',
      access: {},
      params: z.object({ code: z.string() }),
      ...ACCEPTING,
    }),
    async (request) => {
      const asked = { actor: actorOf(request), code: request.params.code };
      return call(nc, acceptInvite, asked, { requestId: request.id });
    },
  );
}
