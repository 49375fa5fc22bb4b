import { AppError, type Session } from '@sluice/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** One cookie that nobody but these routes reads: a plugin would parse the cookies of every other request as well. */
const NAME = 'sluice_refresh';
const PATH = '/api/auth';
/** As long as a refresh token lives: 30 days. */
const MAX_AGE_SECONDS = 30 * 24 * 60 * 60;

const MAX_LENGTH = 512;

export type CookieConfig = { readonly production: boolean; readonly corsOrigins: readonly string[] };

export type RefreshCookie = {
  /** Answers a session: its refresh token goes into the body, for machines, and into the cookie, for browsers. */
  give(request: FastifyRequest, reply: FastifyReply, session: Session): Session;
  clear(request: FastifyRequest, reply: FastifyReply): void;
  /** The cookie's token. Throws AppError `forbidden` where a page of another site sent it. */
  take(request: FastifyRequest): string | undefined;
};

/**
 * The refresh token's cookie (RFC 6265bis): out of reach of scripts, sent to `/api/auth` alone, and over TLS alone where
 * there is TLS.
 *
 * No other site can use it: `SameSite=Strict` keeps it out of their requests, a form cannot send JSON, and the answer
 * is readable for listed origins alone. What is left is a page on another host of the same site (`SameSite` knows
 * registrable domains, not hosts), or a browser without `SameSite`: their `Origin` is refused here.
 */
export function refreshCookie({ production, corsOrigins }: CookieConfig): RefreshCookie {
  const attributes = (request: FastifyRequest): string => {
    const secure = production || request.protocol === 'https';
    return `Path=${PATH}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  };
  return {
    give(request, reply, session) {
      const { refreshToken } = session;
      reply.header(
        'set-cookie',
        `${NAME}=${refreshToken}; Max-Age=${MAX_AGE_SECONDS}; ${attributes(request)}`,
      );
      return session;
    },
    clear(request, reply) {
      reply.header('set-cookie', `${NAME}=; Max-Age=0; ${attributes(request)}`);
    },
    take({ headers: { cookie, origin }, host }) {
      const token = tokenIn(cookie);
      if (token === undefined) return undefined;
      if (origin !== undefined && !corsOrigins.includes(origin) && !isOwn(origin, host)) {
        throw new AppError('forbidden', 'Pages of this origin may not use the session of this browser.', {
          details: [{ path: 'headers.origin', message: 'is not allowed' }],
        });
      }
      return token;
    },
  };
}

/** A refresh token has no character that a cookie would have to encode; what is far longer is none. */
function tokenIn(header: string | undefined): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  const own = pairs.find((pair) => pair.startsWith(`${NAME}=`));
  const token = own?.slice(NAME.length + 1) ?? '';
  return token === '' || token.length > MAX_LENGTH ? undefined : token;
}

/** By host and port: behind a proxy that ends TLS we do not know our own scheme. */
function isOwn(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
