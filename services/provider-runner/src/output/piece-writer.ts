import { type Attempt, DELTAS_STREAM, type Delta, deltasSubject, HEADERS } from '@sluice/contracts';
import { type Log, type NatsConnection, onStatus, publishStored } from '@sluice/messaging';

const PIECE_EVERY_MS = 100;
/** A piece leaves early from this many UTF-16 units of JSON on. */
const EARLY_UNITS = 4096;
/** A piece is at most about this large, in UTF-16 units of JSON. */
const MAX_PIECE_UNITS = 128 * 1024;
/** How long a piece may take, in milliseconds: a job never waits longer for its last one. */
const PIECE_BOUND_MS = 2000;

export type PieceWriter = {
  /** The delta, and the same as JSON. */
  add(delta: Delta, json: string): void;
  /** Writes what is left and resolves when it is stored, or has failed: readers then take the result. */
  close(): Promise<void>;
};

export type PieceWriters = {
  open(job: { teamId: string; jobId: string; attempt: Attempt; requestId: string }): PieceWriter;
  close(): void;
};

export type PieceWritersDeps = { readonly nc: NatsConnection; readonly log: Log };

type Sent = { readonly json: string; readonly textUnits: number; readonly reasoningUnits: number };

/**
 * Writes each attempt's deltas to the stream DELTAS for readers that do not get the frames. One piece of a job is in
 * flight at a time, so that they are stored in order and their number is bounded by the slots; what comes meanwhile
 * makes the next one larger. After a failed piece, and after a reconnect (the stream is in memory: a restarted server
 * has none of it), the attempt is written again from its first delta; readers tell repeated deltas by their index.
 */
export function createPieceWriters({ nc, log }: PieceWritersDeps): PieceWriters {
  const writers = new Set<{ tick(): void; restart(): void }>();
  let timer: NodeJS.Timeout | undefined;
  const forgetStatus = onStatus(nc, ({ type }) => {
    if (type === 'reconnect') for (const writer of writers) writer.restart();
  });
  const tick = (): void => {
    timer = undefined;
    for (const writer of writers) writer.tick();
  };

  return {
    open({ teamId, jobId, attempt, requestId }) {
      const subject = deltasSubject(teamId, jobId);
      const deltas: Sent[] = [];
      let next = 0;
      let textOffset = 0;
      let reasoningOffset = 0;
      let pendingUnits = 0;
      let generation = 0;
      let inFlight: Promise<void> | undefined;

      const restart = (): void => {
        generation += 1;
        next = textOffset = reasoningOffset = 0;
        pendingUnits = deltas.reduce((sum, { json }) => sum + json.length, 0);
        timer ??= setTimeout(tick, PIECE_EVERY_MS);
      };

      const takePiece = (): string => {
        const head = `{"v":1,"attempt":${JSON.stringify(attempt)},"textOffset":${textOffset},"reasoningOffset":${reasoningOffset},"deltas":[`;
        const parts: string[] = [];
        let units = 0;
        for (let delta = deltas[next]; delta && units < MAX_PIECE_UNITS; delta = deltas[next]) {
          parts.push(delta.json);
          units += delta.json.length;
          textOffset += delta.textUnits;
          reasoningOffset += delta.reasoningUnits;
          next += 1;
        }
        pendingUnits -= units;
        return `${head}${parts.join(',')}]}`;
      };

      const write = async (): Promise<void> => {
        const written = generation;
        try {
          await publishStored(nc, {
            stream: DELTAS_STREAM,
            subject,
            body: takePiece(),
            headers: { [HEADERS.requestId]: requestId },
            boundMs: PIECE_BOUND_MS,
          });
        } catch (err) {
          log.warn({ err, jobId, requestId }, 'a piece of output was not stored');
          if (written === generation) restart();
          throw err;
        } finally {
          inFlight = undefined;
        }
      };

      const start = (): void => {
        if (inFlight || next >= deltas.length) return;
        inFlight = write();
        inFlight.then(continueWhenLarge, () => undefined);
      };
      const continueWhenLarge = (): void => {
        if (pendingUnits >= EARLY_UNITS) start();
        else if (next < deltas.length) timer ??= setTimeout(tick, PIECE_EVERY_MS);
      };

      const writer = { tick: start, restart };
      writers.add(writer);
      return {
        add(delta, json) {
          deltas.push({
            json,
            textUnits: delta.text?.length ?? 0,
            reasoningUnits: delta.reasoningText?.length ?? 0,
          });
          pendingUnits += json.length;
          if (pendingUnits >= EARLY_UNITS) start();
          else timer ??= setTimeout(tick, PIECE_EVERY_MS);
        },
        async close() {
          try {
            await inFlight;
            while (next < deltas.length) {
              start();
              await inFlight;
            }
          } catch {
            // Logged where it failed. The result, which is about to be published, holds the same text.
          }
          writers.delete(writer);
        },
      };
    },
    close() {
      clearTimeout(timer);
      forgetStatus();
    },
  };
}
