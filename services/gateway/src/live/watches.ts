import {
  AppError,
  deltasSubject,
  type JobEvent,
  jobEventSchema,
  type Piece,
  pieceSchema,
  type Subjects,
} from '@sluice/contracts';
import type { NatsConnection } from '@sluice/messaging';
import type { Logger } from '@sluice/telemetry';

export type Watcher = { event: (event: JobEvent) => void; piece?: (piece: Piece) => void };

/** As long as a request to another service may take. */
const FLUSH_MS = 5_000;

/**
 * Jobs that this gateway did not start, or that are read a second time: one subscription for the events
 * that the stream stored and one for the pieces, however many read the same job.
 */
export function createWatches(deps: { nc: NatsConnection; subjects: Subjects; log: Logger }) {
  const { nc, subjects, log } = deps;
  const watched = new Map<string, { watchers: Set<Watcher>; stop: () => void }>();

  function start(teamId: string, jobId: string) {
    const watchers = new Set<Watcher>();
    const events = nc.subscribe(subjects.stored(teamId, jobId), {
      callback: (error, message) => {
        if (error) return log.error({ err: error, jobId }, 'the events of a job cannot be received');
        const type = subjects.parse(message.subject)?.event;
        const sequence = Number(message.headers?.get('Nats-Sequence'));
        const event = jobEventSchema.safeParse({ type, sequence, data: message.json() });
        if (!event.success) return log.error({ err: event.error, jobId }, 'an event that does not parse');
        for (const watcher of watchers) watcher.event(event.data);
      },
    });
    const pieces = nc.subscribe(deltasSubject(teamId, jobId), {
      callback: (error, message) => {
        if (error) return log.error({ err: error, jobId }, 'the output of a job cannot be received');
        const piece = pieceSchema.safeParse(message.json());
        if (!piece.success) return log.error({ err: piece.error, jobId }, 'a piece that does not parse');
        for (const watcher of watchers) watcher.piece?.(piece.data);
      },
    });
    return {
      watchers,
      stop() {
        events.unsubscribe();
        pieces.unsubscribe();
      },
    };
  }

  /**
   * Resolves once the server knows of the subscription: what is stored from then on is seen. Errors: unavailable.
   */
  async function watch(teamId: string, jobId: string, watcher: Watcher): Promise<() => void> {
    const key = `${teamId}.${jobId}`;
    const entry = watched.get(key) ?? start(teamId, jobId);
    watched.set(key, entry);
    entry.watchers.add(watcher);
    const stop = () => {
      entry.watchers.delete(watcher);
      if (entry.watchers.size > 0 || watched.get(key) !== entry) return;
      watched.delete(key);
      entry.stop();
    };
    try {
      // Without a connection it would wait for the next one, and fails when the present one is lost.
      await withinMs(nc.flush(), FLUSH_MS);
    } catch (cause) {
      stop();
      throw new AppError('unavailable', 'The job cannot be watched at the moment; try again.', { cause });
    }
    return stop;
  }

  return { watch };
}
export type Watches = ReturnType<typeof createWatches>;

async function withinMs(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([work, bound]);
  } finally {
    clearTimeout(timer);
  }
}
