import {
  type Command,
  type Finished,
  type FrameItem,
  getJobHistory,
  type JobEvent,
  type Position,
} from '@sluice/contracts';
import { call } from '@sluice/messaging';
import type { FastifyReply } from 'fastify';
import { endedJob, readJob } from '../jobs/whole-job.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import type { StreamingDeps } from './live-parts.ts';
import { createReader } from './reader.ts';

/** Open event streams of this gateway, ended when it shuts down: their clients resume elsewhere. */
const openStreams = new Set<() => void>();
export function endEventStreams(): void {
  for (const end of openStreams) end();
}

/**
 * Streams a job to the caller that starts it: listens to frames before the job is published, opens the
 * answer once it is stored. `open` resolves with whether the client left before the end.
 */
export function streamOwnJob(deps: StreamingDeps, command: Command) {
  const { soon, hand } = untilThere<Reader>();
  const stop = deps.live.follow(command.teamId, command.jobId, {
    item: (item: FrameItem) => soon((ready) => ready.item(item)),
    finished: (finished: Finished) => soon((ready) => ready.finish(finished)),
    recover: () => soon((ready) => ready.lookForMissing()),
  });

  return {
    abandon: stop,
    async open(
      reply: FastifyReply,
      requested: { command: Command; sequence: number },
      stream: EventStream = openEventStream(reply),
    ): Promise<{ left: boolean }> {
      const { teamId, jobId, requestId } = command;
      const reader = createReader({
        ...deps,
        stream,
        teamId,
        jobId,
        requestId,
        from: null,
        jobOf: (finished) => endedJob(deps, requested, finished, requestId),
      });
      reader.event({ type: 'requested', sequence: requested.sequence, data: command });
      hand(reader);
      await untilClosed(deps, reply, stream, stop);
      return { left: stream.left };
    },
  };
}

/**
 * Streams any job of a team from a position on: history, then live. Whatever gateway started it, and
 * whether or not it has ended. Errors: not_found, unavailable (before the stream is opened).
 */
export async function streamWatchedJob(
  deps: StreamingDeps,
  reply: FastifyReply,
  watched: {
    teamId: string;
    jobId: string;
    requestId: string;
    from: Position | null;
    /** Sees what happened so far before the stream is opened; refuses by throwing. */
    check?: (events: readonly JobEvent[]) => void;
    open?: (reply: FastifyReply) => EventStream;
  },
): Promise<void> {
  const { teamId, jobId, requestId, from, check, open = openEventStream } = watched;
  const { soon, hand } = untilThere<Reader>();
  const stopWatching = await deps.watches.watch(teamId, jobId, {
    event: (event: JobEvent) => soon((ready) => ready.event(event)),
    piece: (piece) => soon((ready) => ready.piece(piece)),
  });
  const stopFollowing = deps.live.follow(teamId, jobId, {
    finished: (finished) => soon((ready) => ready.finish(finished)),
    recover: () => soon((ready) => ready.lookForMissing()),
  });
  const stop = () => {
    stopWatching();
    stopFollowing();
  };

  let events: JobEvent[];
  try {
    ({ events } = await call(deps.nc, getJobHistory, { teamId, jobId }, { requestId }));
    check?.(events);
  } catch (error) {
    stop();
    throw error;
  }
  const stream = open(reply);
  const jobsRequestId = events.find((event) => event.type === 'requested')?.data.requestId ?? requestId;
  const reader = createReader({
    ...deps,
    stream,
    teamId,
    jobId,
    requestId: jobsRequestId,
    from,
    jobOf: () => readJob(deps, teamId, jobId, requestId),
  });
  const pieces = await reader.readPieces().catch(() => []);
  reader.history(events, pieces);
  hand(reader);
  return untilClosed(deps, reply, stream, stop);
}

async function untilClosed(
  { revocations }: StreamingDeps,
  { request }: FastifyReply,
  stream: EventStream,
  stop: () => void,
): Promise<void> {
  openStreams.add(stream.end);
  // Whoever may not ask any more is told no more either; without `finished`, since the job goes on.
  const release = revocations.whileInUse(request.identity, stream.end);
  await stream.closed;
  release();
  openStreams.delete(stream.end);
  stop();
}

type Reader = ReturnType<typeof createReader>;

/** Work on something that is not there yet is kept, and done in order when it is handed over; later work at once. */
function untilThere<Thing>() {
  let there: Thing | undefined;
  const early: ((thing: Thing) => void)[] = [];
  return {
    soon(work: (thing: Thing) => void): void {
      if (there === undefined) early.push(work);
      else work(there);
    },
    hand(thing: Thing): void {
      there = thing;
      for (const work of early.splice(0)) work(thing);
    },
  };
}
