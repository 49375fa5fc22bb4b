import type { Invite, Member, OwnTeam, Role } from '@sluice/contracts';
import type { Membership, Team } from '../accounts/decide-account.ts';
import { teamView } from '../accounts/views.ts';
import type { StoredInvite } from './decide-invite.ts';

export function ownTeamView(team: Team, role: Role): OwnTeam {
  return { ...teamView(team), role };
}

export function memberView({ userId, role, createdAt }: Membership, email: string): Member {
  return { userId, email, role, joinedAt: createdAt.toISOString() };
}

export function inviteView({ id, email, role, createdBy, createdAt, expiresAt }: StoredInvite): Invite {
  return {
    id,
    email,
    role,
    createdBy,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
