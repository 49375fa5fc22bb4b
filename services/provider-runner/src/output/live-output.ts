import type { Attempt, Command, DeltaContent, FrameItem, Retrying, Started } from '@sluice/contracts';
import type { FrameSender } from './frame-sender.ts';
import type { PieceWriters } from './piece-writer.ts';
import { splitDelta } from './split-delta.ts';

/** The live output of one attempt: frames to the gateway that asked, pieces for everyone else. */
export type LiveOutput = {
  started(data: Started): void;
  push(content: DeltaContent): void;
  retrying(data: Retrying): void;
  /** Of the last delta; -1 before the first. */
  readonly lastIndex: number;
  /** When the first delta came, by performance.now(). */
  readonly firstAt: number | null;
  /** Resolves when the last piece is stored, or given up. */
  close(): Promise<void>;
};

export type LiveOutputDeps = { readonly frames: FrameSender; readonly pieces: PieceWriters };

const NOTHING = Promise.resolve();

/** For a job that is not streamed: nobody reads along. */
export const NO_OUTPUT: LiveOutput = {
  started: () => undefined,
  push: () => undefined,
  retrying: () => undefined,
  lastIndex: -1,
  firstAt: null,
  close: () => NOTHING,
};

export function openLiveOutput(
  { frames, pieces }: LiveOutputDeps,
  command: Command,
  attempt: Attempt,
): LiveOutput {
  const { gatewayId, jobId, teamId, requestId } = command;
  const writer = pieces.open({ teamId, jobId, attempt, requestId });
  // A delta is written as JSON once, for its frame and for its piece.
  const head = `{"type":"delta","jobId":${JSON.stringify(jobId)},"attempt":${JSON.stringify(attempt)},"delta":`;
  const send = (item: FrameItem) => frames.send(gatewayId, JSON.stringify(item));
  let lastIndex = -1;
  let firstAt: number | null = null;
  return {
    started: (data) => send({ type: 'started', jobId, data }),
    push(content) {
      for (const part of splitDelta(content)) {
        lastIndex += 1;
        const delta = { index: lastIndex, ...part };
        const json = JSON.stringify(delta);
        frames.send(gatewayId, `${head}${json}}`, firstAt === null);
        firstAt ??= performance.now();
        writer.add(delta, json);
      }
    },
    retrying: (data) => send({ type: 'retrying', jobId, data }),
    get lastIndex() {
      return lastIndex;
    },
    get firstAt() {
      return firstAt;
    },
    close: () => writer.close(),
  };
}
