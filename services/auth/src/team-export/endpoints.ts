import { exportTeam, type TeamRecord } from '@sluice/contracts';
import { teamView } from '../accounts/views.ts';
import type { Answer } from '../answering.ts';
import type { ApiTokenRepository } from '../api-tokens/api-token-repository.ts';
import { apiTokenView } from '../api-tokens/views.ts';
import type { Audit } from '../audit/audit.ts';
import { decidePage, decodeCursor, type PagePosition } from '../paging/decide-page.ts';
import type { ProfileRepository } from '../profiles/profile-repository.ts';
import { profileView } from '../profiles/views.ts';
import { teamNotFound } from '../teams/decide-member.ts';
import type { InviteRepository } from '../teams/invite-repository.ts';
import type { MemberRepository } from '../teams/member-repository.ts';
import type { TeamRepository } from '../teams/team-repository.ts';
import { inviteView, memberView } from '../teams/views.ts';

export type TeamExportDeps = {
  teams: Pick<TeamRepository, 'find'>;
  members: Pick<MemberRepository, 'list'>;
  invites: Pick<InviteRepository, 'listOpen'>;
  profiles: Pick<ProfileRepository, 'list'>;
  apiTokens: Pick<ApiTokenRepository, 'list'>;
  audit: Audit;
  now: () => Date;
};

type Page = { items: { id: string; createdAt: Date; record: TeamRecord }[] };
type Wanted = { after: PagePosition | null; limit: number };

const PAGE = 100;

/** Answers `auth.teams.export`: the views that the API shows, of which none has a secret. */
export function serveTeamExport(answer: Answer, deps: TeamExportDeps): void {
  const readers = {
    members: async (teamId: string, wanted: Wanted) =>
      (await deps.members.list(teamId, wanted)).map((one) => ({
        id: one.userId,
        createdAt: one.createdAt,
        record: { type: 'member' as const, data: memberView(one, one.email) },
      })),
    invites: async (teamId: string, wanted: Wanted) =>
      (await deps.invites.listOpen(teamId, { ...wanted, now: deps.now() })).map((one) => ({
        id: one.id,
        createdAt: one.createdAt,
        record: { type: 'invite' as const, data: inviteView(one) },
      })),
    profiles: async (teamId: string, wanted: Wanted) =>
      (await deps.profiles.list(teamId, wanted)).map((one) => ({
        id: one.id,
        createdAt: one.createdAt,
        record: { type: 'profile' as const, data: profileView(one) },
      })),
    tokens: async (teamId: string, wanted: Wanted) =>
      (await deps.apiTokens.list(teamId, wanted)).map((one) => ({
        id: one.id,
        createdAt: one.createdAt,
        record: { type: 'token' as const, data: apiTokenView(one) },
      })),
  } satisfies Record<string, (teamId: string, wanted: Wanted) => Promise<Page['items']>>;

  answer(exportTeam, async ({ teamId, part, cursor }, { requestId }) => {
    if (part === 'team') {
      const found = await deps.teams.find(teamId);
      if (!found) throw teamNotFound();
      const target = { kind: 'team', id: teamId } as const;
      const change = { actor: 'operator', teamId, action: 'team.exported', target, requestId } as const;
      return deps.audit(change, async () => ({
        records: [{ type: 'team' as const, data: teamView(found.team) }],
        nextCursor: null,
      }));
    }
    const after = cursor === undefined ? null : decodeCursor(cursor);
    const page = decidePage<Page['items'][number]>(
      await readers[part](teamId, { after, limit: PAGE + 1 }),
      PAGE,
    );
    return { records: page.items.map(({ record }) => record), nextCursor: page.nextCursor };
  });
}
