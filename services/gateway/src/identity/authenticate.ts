import fastifyJwt from '@fastify/jwt';
import { ACCESS_TOKEN_TYPE, AppError, accessClaimsSchema, apiTokenRefused } from '@sluice/contracts';
import { type NatsConnection, onStatus } from '@sluice/messaging';
import type { FastifyRequest } from 'fastify';
import type { GatewayApp } from '../edge/gateway-app.ts';
import type { LimitRequests } from '../limits/limit-requests.ts';
import { apiTokenIn, createApiTokenCheck } from './api-token-check.ts';
import { decideClaims } from './decide-claims.ts';
import type { Identity } from './identity.ts';
import type { Revocations } from './revocations.ts';
import type { TokenKeys } from './token-keys.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

const ALGORITHM = 'EdDSA';

export type AuthenticationDeps = {
  readonly nc: NatsConnection;
  readonly tokens: TokenKeys;
  readonly revocations: Revocations;
  readonly limit: Pick<LimitRequests, 'guess'>;
};

/**
 * Decorates the server with `authenticate` and requests with `identity`. Access tokens are EdDSA alone, by a key that
 * auth publishes under the token's `kid`: neither `none` nor a public key used as an HMAC secret is ever tried
 * (RFC 8725, sections 3.1 and 3.2), nor does anything else that auth signs pass for one (3.11). API tokens are verified
 * by auth. Whatever was revoked is refused, also when it was verified a moment ago.
 */
export async function authentication(app: GatewayApp, deps: AuthenticationDeps): Promise<void> {
  const { nc, tokens, revocations, limit } = deps;
  const verified = createVerifiedTokens();
  const checkApiToken = createApiTokenCheck(nc, limit.guess);
  // A revocation may have been missed.
  const stopWatching = onStatus(nc, ({ type }) => {
    if (type === 'disconnect' || type === 'reconnect') verified.clear();
  });
  app.addHook('onClose', async () => stopWatching());

  await app.register(fastifyJwt, {
    decoratorName: 'identity',
    decode: { complete: true },
    secret: {
      public: async (request: { id: string }, token: unknown) => {
        const { header } = token as { header: { alg?: unknown; kid?: unknown; typ?: unknown } };
        const { alg, kid, typ } = header;
        const ours = alg === ALGORITHM && typ === ACCESS_TOKEN_TYPE && typeof kid === 'string';
        const pem = ours ? await tokens.pem(kid, request.id) : undefined;
        if (pem === undefined) throw invalidToken();
        return pem;
      },
    },
    verify: { algorithms: [ALGORITHM], allowedIss: 'sluice', requiredClaims: ['iss', 'sub', 'exp'] },
  });

  const verify = async (request: FastifyRequest): Promise<{ identity: Identity; expiresAtMs: number }> => {
    const apiToken = apiTokenIn(request.headers.authorization);
    if (apiToken !== undefined) return checkApiToken(apiToken, request);
    const claims = accessClaimsSchema.safeParse(await request.jwtVerify().catch(refuse));
    if (!claims.success || !decideClaims(claims.data, Date.now())) throw invalidToken();
    const { sub, team, role, iatMs, exp, sid } = claims.data;
    return {
      identity: {
        ...{ userId: sub, teamId: team, role, issuedAtMs: iatMs },
        ...(sid !== undefined && { sessionId: sid }),
      },
      expiresAtMs: exp * 1000,
    };
  };

  const identify = async (request: FastifyRequest): Promise<Identity> => {
    const { identity, expiresAtMs } = await verify(request);
    const header = request.headers.authorization;
    if (header !== undefined) verified.keep(header, identity, expiresAtMs, Date.now());
    return identity;
  };

  app.decorate('authenticate', async (request) => {
    const header = request.headers.authorization;
    const known = header === undefined ? undefined : verified.find(header, Date.now());
    const identity = known ?? (await identify(request));
    if (!revocations.current) await revocations.settled();
    if (revocations.has(identity)) throw identity.token ? apiTokenRefused() : revoked();
    request.identity = identity;
  });
}

function revoked(): AppError {
  return unauthenticated('The session of this access token has ended; log in again.', 'was revoked');
}

function refuse(error: unknown): never {
  if (error instanceof AppError) throw error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_JWT_AUTHORIZATION_TOKEN_EXPIRED') {
    throw unauthenticated('The access token has expired.', 'has expired');
  }
  if (code === 'FST_JWT_NO_AUTHORIZATION_IN_HEADER' || code === 'FST_JWT_BAD_REQUEST') {
    throw unauthenticated('Send an access token: `Authorization: Bearer <token>`.', 'is missing');
  }
  throw invalidToken(error);
}

function invalidToken(cause?: unknown): AppError {
  return unauthenticated('The access token is not valid.', 'is not valid', cause);
}

function unauthenticated(message: string, fault: string, cause?: unknown): AppError {
  return new AppError('unauthenticated', message, {
    cause,
    details: [{ path: 'headers.authorization', message: fault }],
  });
}
