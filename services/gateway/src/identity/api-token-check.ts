import { createHash } from 'node:crypto';
import { AppError, apiTokenRefused, verifyApiToken } from '@sluice/contracts';
import { call, type NatsConnection } from '@sluice/messaging';
import type { LimitRequests } from '../limits/limit-requests.ts';
import type { Identity } from './identity.ts';

const HEADER = /^Bearer +(slc_.*)$/i;
const FORM = /^slc_([a-z2-7]{26})_([A-Za-z0-9_-]{43})$/;

/** Of a request. */
type Asker = { readonly id: string; readonly ip: string };

export type VerifiedApiToken = { identity: Identity; expiresAtMs: number };

/** The API token in an `Authorization` header; undefined when it holds something else. */
export function apiTokenIn(header: string | undefined): string | undefined {
  return header === undefined ? undefined : HEADER.exec(header)?.[1];
}

/**
 * Asks auth whom an API token speaks for; who asks for the same one meanwhile shares the answer. Refusals are not
 * remembered: nobody guesses 256 random bits, and a memory of wrong tokens would be filled by whoever sends them.
 * An address may ask for so many that are refused. Errors: unauthenticated, unavailable, rate_limited.
 */
export function createApiTokenCheck(nc: NatsConnection, guess: LimitRequests['guess']) {
  const asking = new Map<string, Promise<VerifiedApiToken>>();

  const ask = async (tokenId: string, secretHash: string, requestId: string): Promise<VerifiedApiToken> => {
    const answer = await call(nc, verifyApiToken, { tokenId, secretHash }, { requestId });
    const { userId, teamId, scopes } = answer;
    return {
      // Auth lets a token serve while its maker is an owner of the team.
      identity: { userId, teamId, role: 'owner', token: { id: answer.tokenId, scopes } },
      expiresAtMs: Date.parse(answer.expiresAt),
    };
  };

  return async (token: string, { id: requestId, ip }: Asker): Promise<VerifiedApiToken> => {
    const [, tokenId, secret] = FORM.exec(token) ?? [];
    if (tokenId === undefined || secret === undefined) throw apiTokenRefused();
    const secretHash = createHash('sha256').update(secret).digest('base64url');
    const key = `${tokenId}.${secretHash}`;
    const underWay = asking.get(key);
    if (underWay !== undefined) return underWay;
    const answered = guess({ ip });
    const asked = ask(tokenId, secretHash, requestId).finally(() => asking.delete(key));
    asking.set(key, asked);
    asked.then(
      () => answered(false),
      (error: unknown) => answered(error instanceof AppError && error.code === 'unauthenticated'),
    );
    return asked;
  };
}
