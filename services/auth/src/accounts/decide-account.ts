import { AppError, type ROLES } from '@sluice/contracts';

/** `sessionEpoch` (absent: 0) grows when all sessions of the user end; those begun under an earlier one are over. */
export type User = {
  id: string;
  email: string;
  passwordHash: string;
  sessionEpoch?: number;
  createdAt: Date;
};
export type Team = { id: string; name: string; createdAt: Date };
export type Membership = { userId: string; teamId: string; role: (typeof ROLES)[number]; createdAt: Date };
export type Account = { user: User; team: Team; membership: Membership };

/** What a session that came of a password may do: all that the role allows. API tokens will name less. */
export const SESSION_SCOPES: readonly string[] = ['*'];

const TEAM_NAME_LENGTH = 100;

/** The one spelling in which an address is stored and looked up. */
export function canonicalEmail(email: string): string {
  return email.trim().toLowerCase();
}

export type Registration = {
  email: string;
  teamName?: string | undefined;
  passwordHash: string;
  userId: string;
  teamId: string;
  now: Date;
};

/** What a registration makes: a user, and a team that it owns, named after the address unless given a name. */
export function decideAccount(registration: Registration): Account {
  const { passwordHash, userId, teamId, now: createdAt } = registration;
  const email = canonicalEmail(registration.email);
  const name = registration.teamName ?? ownTeamName(email);
  return {
    user: { id: userId, email, passwordHash, createdAt },
    team: { id: teamId, name, createdAt },
    membership: { userId, teamId, role: 'owner', createdAt },
  };
}

/** How a team is named that nobody has named. */
export function ownTeamName(email: string): string {
  return `${email.split('@')[0]}'s team`.slice(0, TEAM_NAME_LENGTH);
}

export function emailTaken(): AppError {
  return new AppError('conflict', 'This e-mail address has an account already.', {
    details: [{ path: 'email', message: 'has an account already' }],
  });
}

/** The same words for an unknown address and a wrong password. */
export function wrongCredentials(): AppError {
  return new AppError('unauthenticated', 'The e-mail address or the password is wrong.');
}

export function wrongCurrentPassword(): AppError {
  return new AppError('forbidden', 'The current password is wrong.', {
    details: [{ path: 'currentPassword', message: 'is wrong' }],
  });
}

export function passwordChangedMeanwhile(): AppError {
  return new AppError('conflict', 'The password was changed meanwhile; log in with the new one.');
}

export function accountGone(): AppError {
  return new AppError('unauthenticated', 'This user or its membership in the team no longer exists.');
}
