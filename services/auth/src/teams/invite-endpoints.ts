import { acceptInvite, createInvite, listInvites, newId, revokeInvite } from '@sluice/contracts';
import { canonicalEmail } from '../accounts/decide-account.ts';
import type { Answer } from '../answering.ts';
import { decidePage, decodeCursor } from '../paging/decide-page.ts';
import { type AcceptInviteDeps, acceptByCode } from './accept-invite.ts';
import { inviteExpiry, MAX_OPEN_INVITES, tooManyInvites } from './decide-invite.ts';
import { newInviteCode } from './invite-code.ts';
import { requireRank, requireSession } from './require-rank.ts';
import { requireStanding } from './require-standing.ts';
import { revokeOpenInvite } from './revoke-invite.ts';
import { inviteView } from './views.ts';

/** Answers `auth.invites.create`, `.list`, `.revoke` and `.accept`. */
export function serveInvites(answer: Answer, deps: AcceptInviteDeps): void {
  const { invites, audit } = deps;

  answer(createInvite, async ({ actor, teamId, body }, { requestId }) => {
    await requireRank(deps, actor, teamId, 'owner');
    const now = deps.now();
    if ((await invites.countOpen(teamId, now)) >= MAX_OPEN_INVITES) throw tooManyInvites();
    const { code, hash: codeHash } = newInviteCode();
    const invite = {
      id: newId(),
      teamId,
      codeHash,
      email: body.email === undefined ? null : canonicalEmail(body.email),
      role: body.role,
      createdBy: actor.userId,
      createdAt: now,
      expiresAt: inviteExpiry(now, body.expiresInHours),
      acceptedBy: null,
    };
    const { email, role, expiresAt } = invite;
    const details = { role, email, expiresAt: expiresAt.toISOString() };
    const change = { actor, teamId, target: { kind: 'invite', id: invite.id }, details, requestId } as const;
    await audit({ ...change, action: 'invite.created' }, async () => {
      await invites.insert(invite);
      await requireStanding(deps, teamId, () => invites.delete(invite.id));
    });
    return { ...inviteView(invite), code };
  });

  answer(listInvites, async ({ actor, teamId, query: { cursor, limit } }) => {
    await requireRank(deps, actor, teamId, 'owner');
    const after = cursor === undefined ? null : decodeCursor(cursor);
    const found = await invites.listOpen(teamId, { after, limit: limit + 1, now: deps.now() });
    const page = decidePage(found, limit);
    return { items: page.items.map(inviteView), nextCursor: page.nextCursor };
  });

  answer(revokeInvite, async ({ actor, teamId, inviteId }, { requestId }) => {
    await requireRank(deps, actor, teamId, 'owner');
    await revokeOpenInvite(deps, { actor, teamId, inviteId, requestId });
    return {};
  });

  answer(acceptInvite, async ({ actor, code }, { requestId }) => {
    requireSession(actor);
    return acceptByCode(deps, { actor, code, requestId });
  });
}
