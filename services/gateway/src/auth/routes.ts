import {
  getIdentity,
  identitySchema,
  logIn,
  loginBodySchema,
  logOut,
  refreshBodySchema,
  refreshSession,
  registerBodySchema,
  registerUser,
  sessionSchema,
} from '@sluice/contracts';
import { call } from '@sluice/messaging';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';

const email = 'ada@example.com';
const password = 'correct horse battery';
const refreshToken = 'the refreshToken of a login';
const session = sessionSchema.meta({ id: 'Session' });

/** `/api/auth/*`: every answer is auth's own. */
export function authRoutes(app: GatewayApp, { nc }: Pick<GatewayDeps, 'nc'>): void {
  app.post(
    '/api/auth/register',
    describeRoute({
      summary: 'Create a user and their team',
      tag: 'auth',
      access: 'open',
      body: registerBodySchema.meta({ examples: [{ email, password, teamName: 'Analytical Engines' }] }),
      answers: { 201: { description: 'the session of the new user', schema: session } },
    }),
    async (request, reply) => {
      reply.code(201);
      return call(nc, registerUser, request.body, { requestId: request.id });
    },
  );

  app.post(
    '/api/auth/login',
    describeRoute({
      summary: 'Log in by e-mail address and password',
      tag: 'auth',
      access: 'open',
      body: loginBodySchema.meta({ examples: [{ email, password }] }),
      answers: { 200: { description: 'a new session', schema: session } },
    }),
    (request) => call(nc, logIn, request.body, { requestId: request.id }),
  );

  app.post(
    '/api/auth/refresh',
    describeRoute({
      summary: 'Exchange a refresh token, which serves once, for a new session',
      tag: 'auth',
      access: 'open',
      body: refreshBodySchema.meta({ examples: [{ refreshToken }] }),
      answers: { 200: { description: 'the next session', schema: session } },
    }),
    (request) => call(nc, refreshSession, request.body, { requestId: request.id }),
  );

  app.post(
    '/api/auth/logout',
    describeRoute({
      summary: 'End the session of a refresh token',
      tag: 'auth',
      access: 'open',
      body: refreshBodySchema.meta({ examples: [{ refreshToken }] }),
      answers: { 204: { description: 'the session has ended' } },
    }),
    async (request, reply) => {
      await call(nc, logOut, request.body, { requestId: request.id });
      return reply.code(204).send();
    },
  );

  app.get(
    '/api/auth/me',
    describeRoute({
      summary: 'Who the access token or the API token speaks for',
      tag: 'auth',
      access: { scope: 'any' },
      answers: { 200: { description: 'user, team, role and scopes', schema: identitySchema } },
    }),
    async (request) => {
      const { userId, teamId, token } = request.identity;
      const identity = await call(nc, getIdentity, { userId, teamId }, { requestId: request.id });
      return token === undefined ? identity : { ...identity, scopes: token.scopes };
    },
  );
}
