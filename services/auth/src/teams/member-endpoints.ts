import { changeMemberRole, listMembers, removeMember } from '@sluice/contracts';
import type { Answer } from '../answering.ts';
import { decidePage, decodeCursor } from '../paging/decide-page.ts';
import { type ChangeMemberDeps, changeMember } from './change-member.ts';
import { memberNotFound } from './decide-member.ts';
import { requireRank } from './require-rank.ts';
import { memberView } from './views.ts';

/** Answers `auth.members.list`, `.change` and `.remove`. */
export function serveMembers(answer: Answer, deps: ChangeMemberDeps): void {
  const { members, audit } = deps;

  answer(listMembers, async ({ actor, teamId, query: { cursor, limit } }) => {
    await requireRank(deps, actor, teamId, 'member');
    const after = cursor === undefined ? null : decodeCursor(cursor);
    const found = await members.list(teamId, { after, limit: limit + 1 });
    const page = decidePage(
      found.map((member) => ({ ...member, id: member.userId })),
      limit,
    );
    return { items: page.items.map((one) => memberView(one, one.email)), nextCursor: page.nextCursor };
  });

  answer(changeMemberRole, async ({ actor, teamId, userId, body: { role } }, { requestId }) => {
    await requireRank(deps, actor, teamId, 'owner');
    const before = await members.find(teamId, userId);
    if (!before) throw memberNotFound();
    const email = await members.emailOf(userId);
    if (before.role === role) return memberView(before, email ?? '');
    const target = { kind: 'member', id: userId } as const;
    const change = { actor, teamId, target, details: { role, email }, requestId };
    await audit({ ...change, action: 'member.role_changed' }, () =>
      changeMember(deps, { actor, teamId, userId, role, requestId }),
    );
    return memberView({ ...before, role }, email ?? '');
  });

  answer(removeMember, async ({ actor, teamId, userId }, { requestId }) => {
    const self = actor.userId === userId;
    await requireRank(deps, actor, teamId, self ? 'member' : 'owner');
    if (!(await members.find(teamId, userId))) throw memberNotFound();
    const details = { email: await members.emailOf(userId) };
    const change = { actor, teamId, target: { kind: 'member', id: userId }, details, requestId } as const;
    await audit({ ...change, action: self ? 'member.left' : 'member.removed' }, () =>
      changeMember(deps, { actor, teamId, userId, role: null, requestId }),
    );
    return {};
  });
}
