import fastifyJwt from '@fastify/jwt';
import { AppError, accessClaimsSchema } from '@sluice/contracts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import type { Identity } from './identity.ts';
import type { TokenKeys } from './token-keys.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

const ALGORITHM = 'EdDSA';

/**
 * Decorates the server with `authenticate` and requests with `identity`. Access tokens are EdDSA alone, by a key that
 * auth publishes under the token's `kid`: neither `none` nor a public key used as an HMAC secret is ever tried
 * (RFC 8725, sections 3.1 and 3.2).
 */
export async function authentication(app: GatewayApp, tokens: TokenKeys): Promise<void> {
  const verified = createVerifiedTokens();

  await app.register(fastifyJwt, {
    decoratorName: 'identity',
    decode: { complete: true },
    secret: {
      public: async (request: { id: string }, token: unknown) => {
        const { header } = token as { header: { alg?: unknown; kid?: unknown } };
        const { alg, kid } = header;
        const pem =
          alg === ALGORITHM && typeof kid === 'string' ? await tokens.pem(kid, request.id) : undefined;
        if (pem === undefined) throw invalidToken();
        return pem;
      },
    },
    verify: { algorithms: [ALGORITHM], allowedIss: 'sluice', requiredClaims: ['iss', 'sub', 'exp'] },
  });

  app.decorate('authenticate', async (request) => {
    const header = request.headers.authorization;
    const known = header === undefined ? undefined : verified.find(header, Date.now());
    if (known !== undefined) {
      request.identity = known;
      return;
    }
    const claims = accessClaimsSchema.safeParse(await request.jwtVerify().catch(refuse));
    if (!claims.success) throw invalidToken();
    const { sub, team, role, exp } = claims.data;
    const identity: Identity = { userId: sub, teamId: team, role };
    request.identity = identity;
    if (header !== undefined) verified.keep(header, identity, exp * 1000, Date.now());
  });
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
