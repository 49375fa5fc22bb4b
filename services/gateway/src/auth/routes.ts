import {
  AppError,
  changePassword,
  changePasswordBodySchema,
  getIdentity,
  identitySchema,
  logIn,
  loginBodySchema,
  logOut,
  logOutEverywhere,
  refreshBodySchema,
  refreshSession,
  registerBodySchema,
  registerUser,
  sessionSchema,
} from '@sluice/contracts';
import { call } from '@sluice/messaging';
import type { FastifyRequest } from 'fastify';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { actorOf } from '../identity/identity.ts';
import { refreshCookie } from './refresh-cookie.ts';

const email = 'ada@example.com';
const password = 'correct horse battery';
const refreshToken = 'the refreshToken of a login';
const session = sessionSchema.meta({ id: 'Session' });
const GIVES = 'The refresh token stands in the answer, and in the cookie `sluice_refresh` for browsers.';
const TAKES = 'The refresh token of the body, or without one that of the cookie `sluice_refresh`.';

/** `/api/auth/*`: every answer is auth's own; the refresh token's cookie is the gateway's. */
export function authRoutes(app: GatewayApp, { nc, config }: Pick<GatewayDeps, 'nc' | 'config'>): void {
  const cookie = refreshCookie(config);

  app.post(
    '/api/auth/register',
    describeRoute({
      summary: 'Create a user and their team',
      description: GIVES,
      tag: 'auth',
      access: 'open',
      body: registerBodySchema.meta({ examples: [{ email, password, teamName: 'Analytical Engines' }] }),
      answers: { 201: { description: 'the session of the new user', schema: session } },
      refusals: [409],
    }),
    async (request, reply) => {
      const asked = { ...request.body, address: request.ip };
      const made = await call(nc, registerUser, asked, { requestId: request.id });
      reply.code(201);
      return cookie.give(request, reply, made);
    },
  );

  app.post(
    '/api/auth/login',
    describeRoute({
      summary: 'Log in by e-mail address and password',
      description: GIVES,
      tag: 'auth',
      access: 'open',
      body: loginBodySchema.meta({ examples: [{ email, password }] }),
      answers: { 200: { description: 'a new session', schema: session } },
      refusals: [401],
    }),
    async (request, reply) => {
      const asked = { ...request.body, address: request.ip };
      return cookie.give(request, reply, await call(nc, logIn, asked, { requestId: request.id }));
    },
  );

  app.post(
    '/api/auth/refresh',
    describeRoute({
      summary: 'Exchange a refresh token, which serves once, for a new session',
      description: `${TAKES} ${GIVES}`,
      tag: 'auth',
      access: 'open',
      body: refreshBodySchema.meta({ examples: [{ refreshToken }] }),
      answers: { 200: { description: 'the next session', schema: session } },
      refusals: [401, 403],
    }),
    async (request, reply) => {
      const token = request.body?.refreshToken ?? cookie.take(request);
      if (token === undefined)
        throw new AppError('unauthenticated', 'Send a refresh token; log in to get one.');
      const asked = { refreshToken: token, address: request.ip };
      return cookie.give(request, reply, await call(nc, refreshSession, asked, { requestId: request.id }));
    },
  );

  app.post(
    '/api/auth/logout',
    describeRoute({
      summary: 'End a session',
      description: `${TAKES} And the session of the access token, where one is sent. Refresh tokens and access tokens end at once.`,
      tag: 'auth',
      access: 'open',
      body: refreshBodySchema.meta({ examples: [{ refreshToken }] }),
      answers: { 204: { description: 'the session has ended' } },
      refusals: [403],
    }),
    async (request, reply) => {
      const token = request.body?.refreshToken ?? cookie.take(request);
      const session = await bearerSession(app, request, token === undefined);
      const asked = { ...(token !== undefined && { refreshToken: token }), ...(session && { session }) };
      if (token !== undefined || session) await call(nc, logOut, asked, { requestId: request.id });
      cookie.clear(request, reply);
      return reply.code(204).send();
    },
  );

  app.post(
    '/api/auth/logout-all',
    describeRoute({
      summary: 'End every session of the user, in all teams',
      description: 'Refresh tokens and access tokens end at once; API tokens stay.',
      tag: 'auth',
      access: {},
      answers: { 204: { description: 'all sessions have ended' } },
    }),
    async (request, reply) => {
      await call(nc, logOutEverywhere, { actor: actorOf(request) }, { requestId: request.id });
      cookie.clear(request, reply);
      return reply.code(204).send();
    },
  );

  app.post(
    '/api/auth/password',
    describeRoute({
      summary: 'Change the password',
      description: `Every session of the user ends, and a new one begins; API tokens stay. ${GIVES}`,
      tag: 'auth',
      access: {},
      body: changePasswordBodySchema.meta({
        examples: [{ currentPassword: password, newPassword: 'staple horse correct' }],
      }),
      answers: { 200: { description: 'a new session', schema: session } },
    }),
    async (request, reply) => {
      const asked = { ...request.body, actor: actorOf(request) };
      return cookie.give(request, reply, await call(nc, changePassword, asked, { requestId: request.id }));
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

/**
 * The session of the access token, if one is sent. One that does not serve any more matters only where nothing else
 * names a session: then nothing could be ended, and its error says why.
 */
async function bearerSession(app: GatewayApp, request: FastifyRequest, alone: boolean) {
  if (request.headers.authorization === undefined) return undefined;
  try {
    await app.authenticate(request);
  } catch (error) {
    if (alone) throw error;
    return undefined;
  }
  const { userId, sessionId } = request.identity;
  return sessionId === undefined ? undefined : { userId, sessionId };
}
