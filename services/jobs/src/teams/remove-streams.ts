import { setTimeout as sleep } from 'node:timers/promises';
import {
  DELTAS_STREAM,
  deltasSubject,
  HEADERS,
  PAYLOADS_BUCKET,
  type RemovedJobs,
  TIMERS_STREAM,
  timerSubjects,
} from '@sluice/contracts';
import {
  lastBySubject,
  listObjects,
  type NatsConnection,
  purgeSubject,
  removeObject,
  subjectsIn,
} from '@sluice/messaging';
import { type EndUnfinishedDeps, endUnfinished } from '../jobs/end-unfinished.ts';
import { decideRemoval } from './decide-removal.ts';
import { AFTERMATH_MS } from './deleted-teams.ts';

export type RemoveStreamsDeps = EndUnfinishedDeps;

/** One call's share of the work; what it removed is counted as it goes. */
export type Share = {
  readonly isOver: () => boolean;
  readonly removed: RemovedJobs;
  /** Jobs whose command was purged. */
  readonly commands: string[];
  readonly requestId: string;
};

/** Between two purges, in milliseconds: at most 500 a second, so that other teams' work goes on beside it. */
const PACE_MS = 2;

/**
 * Removes what the streams and the bucket hold of a team: jobs without an end are cancelled first, so that nobody who
 * works on one can end it any more. What keeps them from that, an end without content, goes after AFTERMATH_MS.
 * Returns how much is left: `all` when the share was used up, `ends` while such ends are kept. Throws AppError
 * `unavailable`.
 */
export async function removeStreams(
  deps: RemoveStreamsDeps,
  teamId: string,
  share: Share,
): Promise<'nothing' | 'ends' | 'all'> {
  const { nc, subjects } = deps;
  const content = decideRemoval(
    subjects,
    Object.keys(await subjectsIn(nc, subjects.stream, subjects.team(teamId))),
  );
  for (const job of content.unfinished) {
    if (share.isOver()) return 'all';
    // Whoever ended the job first has done the same.
    const { requestId } = share;
    await endUnfinished(deps, job, { status: 'cancelled' }, { requestId, tombstone: true });
  }
  // The timers before the jobs that they wake.
  const timers = Object.keys(await subjectsIn(nc, TIMERS_STREAM, timerSubjects.team(teamId)));
  const deltas = Object.keys(await subjectsIn(nc, DELTAS_STREAM, deltasSubject(teamId, '*')));
  const held = [
    ...timers.map((subject) => [TIMERS_STREAM, subject] as const),
    ...deltas.map((subject) => [DELTAS_STREAM, subject] as const),
    ...content.others.map((subject) => [subjects.stream, subject] as const),
  ];
  for (const [stream, subject] of held) {
    if (share.isOver()) return 'all';
    await purge(nc, stream, subject, share);
    const parsed = subjects.parse(subject);
    if (parsed?.event === 'requested') share.commands.push(parsed.jobId);
  }
  let kept = content.unfinished.length > 0;
  for (const subject of content.ends) {
    if (share.isOver()) return 'all';
    if (await isKept(deps, subject)) kept = true;
    else await purge(nc, subjects.stream, subject, share);
  }
  for (const object of await listObjects(nc, PAYLOADS_BUCKET, `${teamId}/`)) {
    if (share.isOver()) return 'all';
    if (await removeObject(nc, PAYLOADS_BUCKET, object)) share.removed.objects += 1;
    await sleep(PACE_MS);
  }
  return kept ? 'ends' : 'nothing';
}

async function purge(nc: NatsConnection, stream: string, subject: string, { removed }: Share): Promise<void> {
  removed.messages += await purgeSubject(nc, stream, subject);
  await sleep(PACE_MS);
}

async function isKept({ nc, subjects, now }: RemoveStreamsDeps, subject: string): Promise<boolean> {
  const end = await lastBySubject(nc, subjects.stream, subject);
  if (!end?.headers?.get(HEADERS.tombstone)) return false;
  return end.storedAt + AFTERMATH_MS > now().getTime();
}
