import { AppError, type Role } from '@sluice/contracts';

/** An invite as it is stored: the code's SHA-256 in place of the code. */
export type StoredInvite = {
  id: string;
  teamId: string;
  codeHash: string;
  email: string | null;
  role: Role;
  createdBy: string;
  createdAt: Date;
  expiresAt: Date;
  /** Who is about to join by it; nobody else can, from then on. */
  acceptedBy: string | null;
};

/** Open invites that a team may have at once. */
export const MAX_OPEN_INVITES = 200;

const HOUR_MS = 60 * 60 * 1000;

export function inviteExpiry(now: Date, hours: number): Date {
  return new Date(now.getTime() + hours * HOUR_MS);
}

/**
 * Whether an invite is good for this user. It is worth no more than the one who made it: with their ownership the
 * invite ends, so that nobody who was removed comes back by a code of their own.
 */
export function isGoodFor(
  invite: StoredInvite,
  user: { id: string; email: string },
  creator: { role: Role } | null,
  now: Date,
): boolean {
  if (invite.expiresAt <= now || creator?.role !== 'owner') return false;
  if (invite.acceptedBy !== null && invite.acceptedBy !== user.id) return false;
  return invite.email === null || invite.email === user.email;
}

/** The same words whether the code never was, is used, revoked or out of time, or is meant for somebody else. */
export function inviteNotGood(): AppError {
  return new AppError('not_found', 'This invite cannot be accepted: ask an owner of the team for a new one.');
}

export function inviteNotFound(): AppError {
  return new AppError('not_found', 'The team has no such open invite.');
}

export function alreadyMember(): AppError {
  return new AppError('conflict', 'You are a member of this team already; the invite is still good.');
}

export function tooManyInvites(): AppError {
  return new AppError(
    'conflict',
    `The team has ${MAX_OPEN_INVITES} open invites, which is the most: revoke one first.`,
  );
}
