import type { Actor } from '@sluice/contracts';
import type { Audit } from '../audit/audit.ts';
import { inviteNotFound } from './decide-invite.ts';
import type { InviteRepository } from './invite-repository.ts';

type Revoking = { invites: Pick<InviteRepository, 'revoke'>; audit: Audit };
type Revoked = { actor: Actor; teamId: string; inviteId: string; requestId: string };

/** Ends one open invite of a team. Throws AppError `not_found` when there is none (any more). */
export async function revokeOpenInvite({ invites, audit }: Revoking, revoked: Revoked): Promise<void> {
  const { actor, teamId, inviteId, requestId } = revoked;
  const change = { actor, teamId, target: { kind: 'invite', id: inviteId }, requestId } as const;
  await audit({ ...change, action: 'invite.revoked' }, async () => {
    if (!(await invites.revoke(teamId, inviteId))) throw inviteNotFound();
  });
}
