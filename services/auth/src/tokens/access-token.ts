import { ACCESS_TOKEN_TYPE, type AccessClaims } from '@sluice/contracts';
import { SignJWT } from 'jose';
import type { SigningKey } from './signing-key.ts';

/** Life of an access token, in seconds. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;

/** `sessionId` is the family of its refresh tokens. */
export type AccessSubject = {
  userId: string;
  teamId: string;
  role: AccessClaims['role'];
  sessionId: string;
};

/** A signed access token for a user in a team, valid from `now` for 15 minutes. */
export function signAccessToken(key: SigningKey, subject: AccessSubject, now: Date): Promise<string> {
  const iat = Math.floor(now.getTime() / 1000);
  const claims: AccessClaims = {
    sub: subject.userId,
    team: subject.teamId,
    role: subject.role,
    iss: 'sluice',
    iat,
    iatMs: now.getTime(),
    exp: iat + ACCESS_TOKEN_SECONDS,
    sid: subject.sessionId,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, typ: ACCESS_TOKEN_TYPE })
    .sign(key.privateKey);
}
