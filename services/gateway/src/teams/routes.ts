import {
  createTeam,
  listTeams,
  MAX_OWNED_TEAMS,
  ownTeamSchema,
  ownTeamsSchema,
  pageQuerySchema,
  renameTeam,
  sessionSchema,
  switchBodySchema,
  switchTeam,
  teamBodySchema,
} from '@sluice/contracts';
import { call } from '@sluice/messaging';
import { z } from 'zod';
import { refreshCookie } from '../auth/refresh-cookie.ts';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { actorOf } from '../identity/identity.ts';
import { pathId } from './path-id.ts';

const team = ownTeamSchema.meta({ id: 'Team' });
const body = teamBodySchema.meta({ examples: [{ name: 'Analytical Engines' }] });
const params = z.object({ id: z.string() });

/**
 * `/api/teams`: for sessions alone. The team in the path may be any that the user is a member of; auth looks that up,
 * since the access token knows one team only.
 */
export function teamRoutes(app: GatewayApp, { nc, config }: Pick<GatewayDeps, 'nc' | 'config'>): void {
  const cookie = refreshCookie(config);

  app.get(
    '/api/teams',
    describeRoute({
      summary: 'The teams of the user, in the order of joining',
      tag: 'teams',
      access: {},
      query: pageQuerySchema,
      answers: {
        200: { description: 'a page; `nextCursor` is null on the last one', schema: ownTeamsSchema },
      },
    }),
    ({ identity: { userId }, query, id: requestId }) => call(nc, listTeams, { userId, query }, { requestId }),
  );

  app.post(
    '/api/teams',
    describeRoute({
      summary: 'Found a team, which the user owns',
      description: `Refused (409) where the user owns ${MAX_OWNED_TEAMS} teams already.`,
      tag: 'teams',
      access: {},
      body,
      answers: { 201: { description: 'the team; switch to it to work in it', schema: team } },
      refusals: [409],
    }),
    async (request, reply) => {
      const asked = { actor: actorOf(request), body: request.body };
      const created = await call(nc, createTeam, asked, { requestId: request.id });
      reply.code(201);
      return created;
    },
  );

  app.patch(
    '/api/teams/:id',
    describeRoute({
      summary: 'Rename a team (owners)',
      tag: 'teams',
      access: {},
      params,
      body,
      answers: { 200: { description: 'the team', schema: team } },
    }),
    async (request) => {
      const teamId = pathId(request.params.id, 'team');
      const asked = { actor: actorOf(request), teamId, body: request.body };
      return call(nc, renameTeam, asked, { requestId: request.id });
    },
  );

  app.post(
    '/api/teams/:id/switch',
    describeRoute({
      summary: 'A new session in another team of the user',
      description:
        'The session that asks ends, and that of `refreshToken`: neither is refreshed any more. The cookie `sluice_refresh` is replaced.',
      tag: 'teams',
      access: {},
      params,
      body: switchBodySchema.meta({ examples: [{ refreshToken: 'the refreshToken of the session' }] }),
      answers: {
        200: {
          description: 'the session, as a login answers it',
          schema: sessionSchema.meta({ id: 'Session' }),
        },
      },
    }),
    async (request, reply) => {
      const teamId = pathId(request.params.id, 'team');
      const refreshToken = request.body?.refreshToken;
      const { sessionId } = request.identity;
      const asked = {
        ...{ actor: actorOf(request), teamId },
        ...(refreshToken !== undefined && { refreshToken }),
        ...(sessionId !== undefined && { sessionId }),
      };
      return cookie.give(request, reply, await call(nc, switchTeam, asked, { requestId: request.id }));
    },
  );
}
