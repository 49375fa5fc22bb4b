import { type Command, endsBy, type JobEvent, type JobStatus } from '@sluice/contracts';

/** One event of the stream: `event` and `text` without the command's input, which stands in `input` (JSON). */
export type ProjectedEvent = {
  teamId: string;
  jobId: string;
  event: JobEvent;
  text: string;
  input?: string;
};

type State = { rank: 0 | 1 | 2; sequence: number; status: JobStatus | 'deleted' };

/** What a batch changes of one job, in MongoDB's own terms; or the tombstone that takes its place. */
export type JobUpdate = {
  teamId: string;
  jobId: string;
  set: Record<string, unknown>;
  max: { lastSequence: number; state: State };
  tombstone?: { sequence: number; deletedAt: Date };
};

/**
 * One update for each job of a batch; a tombstone takes everything else with it. Each is an upsert that commutes with every other and may be repeated, so the
 * document is the same whatever the order, the batches and the replicas. Nothing need be read first.
 */
export function decideUpdates(batch: readonly ProjectedEvent[]): JobUpdate[] {
  const updates = new Map<string, JobUpdate>();
  for (const projected of batch) {
    const key = `${projected.teamId}.${projected.jobId}`;
    const update = updates.get(key);
    if (update) merge(update, projected);
    else updates.set(key, firstOf(projected));
  }
  return [...updates.values()];
}

function firstOf(projected: ProjectedEvent): JobUpdate {
  const { teamId, jobId, event } = projected;
  return {
    teamId,
    jobId,
    set: fieldsOf(projected),
    max: { lastSequence: event.sequence, state: stateAfter(event) },
    ...(isTombstone(event) && {
      tombstone: { sequence: event.sequence, deletedAt: new Date(event.data.at) },
    }),
  };
}

function merge(update: JobUpdate, projected: ProjectedEvent): void {
  const next = firstOf(projected);
  Object.assign(update.set, next.set);
  if (next.tombstone) update.tombstone = next.tombstone;
  const { max } = update;
  const { state } = next.max;
  max.lastSequence = Math.max(max.lastSequence, state.sequence);
  if (
    state.rank - max.state.rank > 0 ||
    (state.rank === max.state.rank && state.sequence > max.state.sequence)
  ) {
    max.state = state;
  }
}

function fieldsOf({ event, text, input }: ProjectedEvent): Record<string, unknown> {
  return {
    [`events.${event.sequence}`]: { type: event.type, data: text },
    ...(isCommand(event) && requestedFields(event.data)),
    ...(input !== undefined && { input }),
  };
}

function isCommand(event: JobEvent): event is JobEvent & { data: Command } {
  return event.type === 'requested' || event.type === 'ready' || event.type === 'due';
}

function isTombstone(event: JobEvent): event is JobEvent & { type: 'finished' } {
  return event.type === 'finished' && event.data.status === 'deleted';
}

function requestedFields(command: Command) {
  const { kind, priority, aiProfileId, requestId, at, retryOf } = command;
  return {
    ...{ kind, priority, aiProfileId, requestId },
    createdAt: new Date(at),
    endsBy: new Date(endsBy(command)),
    ...(retryOf !== undefined && { retryOf }),
  };
}

const STATUS_AFTER = {
  requested: 'queued',
  ready: 'queued',
  due: 'queued',
  released: 'queued',
  started: 'running',
  retrying: 'waiting',
  parked: 'waiting',
} as const;

function stateAfter(event: JobEvent): State {
  if (event.type === 'finished') {
    const { status } = event.data;
    return { rank: status === 'deleted' ? 2 : 1, sequence: event.sequence, status };
  }
  return { rank: 0, sequence: event.sequence, status: STATUS_AFTER[event.type] };
}
