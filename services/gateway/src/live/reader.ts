import {
  DELTAS_STREAM,
  deltasSubject,
  type Finished,
  getJobHistory,
  type Job,
  type JobEvent,
  type Piece,
  type Position,
  pieceSchema,
} from '@sluice/contracts';
import type { NatsConnection } from '@sluice/messaging';
import { call, readSubject } from '@sluice/messaging';
import type { Logger } from '@sluice/telemetry';
import type { EventStream } from './event-stream.ts';
import { createFeed } from './feed.ts';

export type ReaderDeps = {
  nc: NatsConnection;
  log: Logger;
  stream: EventStream;
  teamId: string;
  jobId: string;
  /** The request id that the job keeps. */
  requestId: string;
  from: Position | null;
  /** The whole job with its result, once it has ended. */
  jobOf: (finished: Finished) => Promise<Job>;
};

/** Pieces follow their frames within 100 ms; what is missing is looked for again after this long. */
const LOOK_AGAIN_MS = 250;

/** Writes one job's events to one client, and fetches what got lost on the way. */
export function createReader({ nc, log, stream, teamId, jobId, requestId, from, jobOf }: ReaderDeps) {
  let job: Job | undefined;
  let ending = false;
  let looking = false;
  const feed = createFeed({
    from,
    send: ({ event, id, data }) => stream.send({ event, id, data: { jobId, requestId, ...data } }),
    finishedData: (finished) => ({ at: finished.at, ...job }),
  });

  async function readPieces(): Promise<Piece[]> {
    const messages = await readSubject(nc, DELTAS_STREAM, deltasSubject(teamId, jobId));
    return messages.map((message) => pieceSchema.parse(message.json()));
  }

  async function readEvents(): Promise<JobEvent[]> {
    return (await call(nc, getJobHistory, { teamId, jobId }, { requestId })).events;
  }

  /** What happened so far, each attempt's output in its place. */
  function history(events: readonly JobEvent[], pieces: readonly Piece[]): void {
    for (const event of events) {
      if (event.type === 'finished') {
        void finish(event.data);
        return;
      }
      feed.event(event);
      if (event.type !== 'started') continue;
      const { sequence, delivery } = event.data.attempt;
      for (const piece of pieces) {
        if (piece.attempt.sequence === sequence && piece.attempt.delivery === delivery) feed.piece(piece);
      }
    }
  }

  async function lookForMissing(): Promise<void> {
    if (looking || ending || !stream.open) return;
    looking = true;
    try {
      history(await readEvents(), await readPieces());
    } catch (error) {
      log.warn({ err: error, jobId, requestId }, 'missing output could not be read; trying again');
    }
    looking = false;
    if (feed.missing && !ending) setTimeout(() => void lookForMissing(), LOOK_AGAIN_MS).unref();
  }

  async function finish(finished: Finished): Promise<void> {
    if (ending) return;
    ending = true;
    try {
      if (!feed.complete(finished)) {
        const pieces = await readPieces().catch(() => []);
        for (const piece of pieces) feed.piece(piece);
      }
      job = await jobOf(finished);
      feed.finish(job.result ? { ...finished, result: job.result } : finished);
      stream.end();
    } catch (error) {
      // The client resumes with its last id; ending without `finished` tells it that there is more.
      log.error({ err: error, jobId, requestId }, 'a stream could not be finished');
      stream.end();
    }
  }

  return {
    item(item: Parameters<typeof feed.item>[0]): void {
      feed.item(item);
      if (feed.missing) void lookForMissing();
    },
    piece(piece: Piece): void {
      feed.piece(piece);
      if (feed.missing) void lookForMissing();
    },
    event(event: JobEvent): void {
      if (event.type === 'finished') void finish(event.data);
      else feed.event(event);
    },
    history,
    readPieces,
    lookForMissing: () => void lookForMissing(),
    finish: (finished: Finished) => void finish(finished),
  };
}
