import { type Actor, type ApiTokenBody, AppError, type Role, type Scope } from '@sluice/contracts';

/** A token as it is stored. `createdBy` is the owner it speaks for. */
export type StoredApiToken = {
  id: string;
  teamId: string;
  name: string;
  scopes: Scope[];
  secretHash: string;
  createdBy: string;
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
};

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULT_DAYS = 90;
const MOST_DAYS = 366;
/** How exact `lastUsedAt` is: writing it more often would make every question a write. */
const LAST_USED_MS = 60_000;

export type NewApiToken = {
  id: string;
  actor: Actor;
  body: ApiTokenBody;
  secretHash: string;
  now: Date;
};

/** A new token. Throws AppError `validation_failed` when it would end in the past or after 366 days. */
export function decideApiToken({ id, actor, body, secretHash, now }: NewApiToken): StoredApiToken {
  const { name, scopes } = body;
  const expiresAt = new Date(body.expiresAt ?? now.getTime() + DEFAULT_DAYS * DAY_MS);
  if (expiresAt <= now) throw badEnd('must lie in the future');
  if (expiresAt.getTime() > now.getTime() + MOST_DAYS * DAY_MS) {
    throw badEnd(`must lie at most ${MOST_DAYS} days ahead`);
  }
  const { userId: createdBy, teamId } = actor;
  return { id, teamId, name, scopes, secretHash, createdBy, createdAt: now, expiresAt, lastUsedAt: null };
}

function badEnd(fault: string): AppError {
  return new AppError('validation_failed', `expiresAt: ${fault}`, {
    details: [{ path: 'expiresAt', message: fault }],
  });
}

/** Whether a token whose secret was right serves: until its end, and while its maker owns the team. */
export function decideServes(token: StoredApiToken, role: Role | undefined, now: Date): boolean {
  return token.expiresAt > now && role === 'owner';
}

/** Whether the record of the last use is old enough to be written again. */
export function decideRecordUse({ lastUsedAt }: StoredApiToken, now: Date): boolean {
  return lastUsedAt === null || now.getTime() - lastUsedAt.getTime() >= LAST_USED_MS;
}
