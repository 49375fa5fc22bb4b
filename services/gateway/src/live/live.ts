import {
  type Finished,
  type FrameItem,
  finishedSchema,
  frameSchema,
  gatewaySubjects,
  type Subjects,
} from '@sluice/contracts';
import { lastBySubject, type NatsConnection, onStatus } from '@sluice/messaging';
import type { Logger } from '@sluice/telemetry';

export type LiveDeps = {
  nc: NatsConnection;
  /** Frames have a connection of their own: a gateway that reads too slowly loses those alone. */
  framesNc: NatsConnection;
  subjects: Subjects;
  gatewayId: string;
  log: Logger;
};

/** Who waits for a job: its end always, its live output where it is streamed. */
export type Follower = {
  finished: (finished: Finished) => void;
  item?: (item: FrameItem) => void;
  /** Something may have been lost on the way: look into the streams. */
  recover?: () => void;
};

type Entry = { teamId: string; jobId: string; follower: Follower; quietSince: number; lookAfterMs: number };

/** A job that is silent for this long is looked up in the stream, then less and less often. */
const FIRST_LOOK_MS = 5_000;
const MAX_LOOK_MS = 30_000;

/**
 * What runners send to this gateway: the outcomes of its jobs and frames of their output. Both are core
 * messages and may be lost; a silent job is looked up in the stream, at once after a reconnect.
 */
export function createLive({ nc, framesNc, subjects, gatewayId, log }: LiveDeps) {
  const entries = new Map<string, Set<Entry>>();
  const ticker = setInterval(() => lookUpQuiet(performance.now()), 1_000).unref();

  const subscriptions = [
    nc.subscribe(gatewaySubjects.finished(gatewayId), {
      callback: (error, message) => {
        if (error) return log.error({ err: error }, 'outcomes cannot be received');
        const finished = finishedSchema.safeParse(message.json());
        if (!finished.success) return log.error({ err: finished.error }, 'an outcome that does not parse');
        for (const entry of entries.get(finished.data.jobId) ?? []) entry.follower.finished(finished.data);
      },
    }),
    framesNc.subscribe(gatewaySubjects.frames(gatewayId), {
      callback: (error, message) => {
        if (error) return log.error({ err: error }, 'frames cannot be received');
        const frame = frameSchema.safeParse(message.json());
        if (!frame.success) return log.error({ err: frame.error }, 'a frame that does not parse');
        const now = performance.now();
        for (const item of frame.data.items) {
          for (const entry of entries.get(item.jobId) ?? []) {
            entry.quietSince = now;
            entry.follower.item?.(item);
          }
        }
      },
    }),
  ];
  const stopListening = [nc, framesNc].map((connection) =>
    onStatus(connection, ({ type }) => {
      if (type === 'reconnect') for (const set of entries.values()) for (const entry of set) lookUp(entry);
    }),
  );

  function lookUpQuiet(now: number): void {
    for (const set of entries.values()) {
      for (const entry of set) {
        if (now - entry.quietSince < entry.lookAfterMs) continue;
        entry.quietSince = now;
        entry.lookAfterMs = Math.min(entry.lookAfterMs * 2, MAX_LOOK_MS);
        lookUp(entry);
      }
    }
  }

  function lookUp(entry: Entry): void {
    readEnd(entry.teamId, entry.jobId).then(
      (finished) => (finished ? entry.follower.finished(finished) : entry.follower.recover?.()),
      (error) => log.warn({ err: error, jobId: entry.jobId }, 'a silent job could not be looked up'),
    );
  }

  /** The end of a job as the stream's leader knows it; null while it has none. */
  async function readEnd(teamId: string, jobId: string): Promise<Finished | null> {
    const message = await lastBySubject(nc, subjects.stream, subjects.end(teamId, jobId));
    return message ? finishedSchema.parse(message.json()) : null;
  }

  /** Starts to pass on what comes of a job; call it before the job is published. Returns how to stop. */
  function follow(teamId: string, jobId: string, follower: Follower): () => void {
    const entry = { teamId, jobId, follower, quietSince: performance.now(), lookAfterMs: FIRST_LOOK_MS };
    const set = entries.get(jobId) ?? new Set();
    entries.set(jobId, set.add(entry));
    return () => {
      set.delete(entry);
      if (set.size === 0) entries.delete(jobId);
    };
  }

  function close(): void {
    clearInterval(ticker);
    for (const stop of stopListening) stop();
    for (const subscription of subscriptions) subscription.unsubscribe();
  }

  return { follow, readEnd, close };
}
export type Live = ReturnType<typeof createLive>;
