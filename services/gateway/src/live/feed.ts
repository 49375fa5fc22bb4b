import {
  ATTEMPT_END,
  type Attempt,
  type Command,
  compareAttempts,
  type Delta,
  encodePosition,
  type Finished,
  type FrameItem,
  type JobEvent,
  type Piece,
  POSITION_END,
  POSITION_REQUESTED,
  type Position,
  positionAtStart,
  type Retrying,
  type Started,
} from '@sluice/contracts';

/** An event as it goes to a client; `id` is the position after it. */
export type FeedEvent = {
  event: 'requested' | 'started' | 'delta' | 'retrying' | 'finished';
  id: string;
  data: object;
};

export type FeedDeps = {
  /** Where the reader is; null before everything. */
  from: Position | null;
  send: (event: FeedEvent) => void;
  /** The data of `finished`: the whole job. */
  finishedData: (finished: Finished) => object;
};

/**
 * One reader's view of one job: takes what comes from frames, pieces and the stream, in any mixture and
 * more than once, and sends each event once, in order. It does no I/O: `gap` tells its owner that deltas
 * are missing, and `finish` says whether it could end.
 */
export function createFeed({ from, send, finishedData }: FeedDeps) {
  let position = from;
  const numbers = new Map<string, number>();
  let waiting: { attempt: Attempt; delta: Delta }[] = [];
  let ended = from?.sequence === POSITION_END.sequence;

  function emit(event: FeedEvent['event'], next: Position, data: object): void {
    position = next;
    send({ event, id: encodePosition(next), data });
  }

  function requested(command: Command): void {
    if (position) return;
    emit('requested', POSITION_REQUESTED, { at: command.at, kind: command.kind, priority: command.priority });
  }

  function started(data: Started | NonNullable<Finished['run']>): void {
    numbers.set(keyOf(data.attempt), data.number);
    if (ended || (position && compareAttempts(data.attempt, position) <= 0)) return;
    waiting = waiting.filter(({ attempt }) => compareAttempts(attempt, data.attempt) >= 0);
    emit('started', positionAtStart(data.attempt), {
      at: data.at,
      attempt: data.number,
      runnerId: data.runnerId,
      queueMs: data.queueMs,
      ...(data.reason && { reason: data.reason }),
    });
    drainWaiting();
  }

  /** False when deltas before this one are missing; it is then kept until they come. */
  function delta(attempt: Attempt, one: Delta): boolean {
    if (ended) return true;
    const order = position ? compareAttempts(attempt, position) : 1;
    if (order < 0 || (order === 0 && position && one.index < position.next)) return true;
    const next = order === 0 && position ? position.next : 0;
    // An attempt whose `started` was lost is held back too: its deltas would seem to go on with the one before.
    if (one.index > next || (order > 0 && !numbers.has(keyOf(attempt)))) {
      waiting.push({ attempt, delta: one });
      return false;
    }
    const before = order === 0 && position ? position : positionAtStart(attempt);
    emitDelta(before, one);
    drainWaiting();
    return true;
  }

  function emitDelta(before: Position, delta: Delta, after = delta.index + 1): void {
    const next: Position = {
      ...before,
      next: after,
      textOffset: before.textOffset + (delta.text?.length ?? 0),
      reasoningOffset: before.reasoningOffset + (delta.reasoningText?.length ?? 0),
    };
    emit('delta', next, {
      ...delta,
      attempt: numbers.get(keyOf(before)) ?? 1,
      at: new Date().toISOString(),
    });
  }

  function drainWaiting(): void {
    if (waiting.length === 0) return;
    const kept = waiting.sort(
      (a, b) => compareAttempts(a.attempt, b.attempt) || a.delta.index - b.delta.index,
    );
    waiting = [];
    for (const { attempt, delta: one } of kept) delta(attempt, one);
  }

  function retrying(data: Retrying): void {
    numbers.set(keyOf(data.attempt), data.number);
    if (ended || (position && compareAttempts(data.attempt, position) < 0)) return;
    if (position && compareAttempts(data.attempt, position) === 0 && position.next === ATTEMPT_END) return;
    const end = { ...positionAtStart(data.attempt), next: ATTEMPT_END };
    emit('retrying', end, {
      at: data.at,
      attempt: data.number,
      error: data.error,
      nextAttemptAt: data.nextAttemptAt,
    });
  }

  /** Whether every delta up to the job's last one was sent. */
  function complete(finished: Finished): boolean {
    if (!finished.run || finished.lastIndex < 0) return true;
    const order = position ? compareAttempts(finished.run.attempt, position) : 1;
    return order < 0 || (order === 0 && position !== null && position.next > finished.lastIndex);
  }

  /** Ends the feed. Text whose deltas are gone is taken from the result, as one delta. */
  function finish(finished: Finished): void {
    if (ended) return;
    if (finished.run) started(finished.run);
    if (!complete(finished) && finished.run && finished.result) {
      const same = position && compareAttempts(finished.run.attempt, position) === 0 ? position : null;
      const before = same ?? positionAtStart(finished.run.attempt);
      const text = finished.result.text.slice(before.textOffset);
      const reasoningText = finished.result.reasoningText?.slice(before.reasoningOffset) ?? '';
      if (text || reasoningText) {
        const rest = { index: before.next, ...(text && { text }), ...(reasoningText && { reasoningText }) };
        emitDelta(before, rest, finished.lastIndex + 1);
      }
    }
    ended = true;
    emit('finished', POSITION_END, finishedData(finished));
  }

  return {
    get ended() {
      return ended;
    },
    get missing() {
      return waiting.length > 0;
    },
    complete,
    finish,
    item(item: FrameItem): void {
      if (item.type === 'delta') delta(item.attempt, item.delta);
      else if (item.type === 'started') started(item.data);
      else retrying(item.data);
    },
    piece(piece: Piece): void {
      for (const one of piece.deltas) delta(piece.attempt, one);
    },
    /** Everything of the stream but the end, which needs `finish`. */
    event(event: JobEvent): void {
      if (event.type === 'requested') requested(event.data);
      else if (event.type === 'started') started(event.data);
      else if (event.type === 'retrying') retrying(event.data);
    },
  };
}

function keyOf({ sequence, delivery }: Attempt): string {
  return `${sequence}.${delivery}`;
}
