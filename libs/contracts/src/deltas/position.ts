import type { Attempt } from '../jobs/events.v1.ts';

/**
 * A reader's place in a job's stream of events: the attempt, the next delta's index within it, and how
 * much text and reasoning of it was read (UTF-16 units), so that what is missing can be taken from the
 * result when the deltas are gone. `next` is 0 after `started` and `ATTEMPT_END` after `retrying`.
 */
export type Position = {
  sequence: number;
  delivery: number;
  next: number;
  textOffset: number;
  reasoningOffset: number;
};

export const ATTEMPT_END = 2 ** 31;

/** After `requested`, before any attempt. */
export const POSITION_REQUESTED: Position = {
  sequence: 0,
  delivery: 0,
  next: 0,
  textOffset: 0,
  reasoningOffset: 0,
};
/** After `finished`: nothing follows. */
export const POSITION_END: Position = { ...POSITION_REQUESTED, sequence: Number.MAX_SAFE_INTEGER };

export function positionAtStart(attempt: Attempt): Position {
  return { ...attempt, next: 0, textOffset: 0, reasoningOffset: 0 };
}

/** The opaque `id` of a server-sent event. */
export function encodePosition({ sequence, delivery, next, textOffset, reasoningOffset }: Position): string {
  return `${sequence}-${delivery}-${next}-${textOffset}-${reasoningOffset}`;
}

/** Null when the text is not one of ours. */
export function decodePosition(text: string): Position | null {
  if (!/^\d{1,16}(-\d{1,16}){4}$/.test(text)) return null;
  const [sequence = 0, delivery = 0, next = 0, textOffset = 0, reasoningOffset = 0] = text
    .split('-')
    .map(Number);
  const position = { sequence, delivery, next, textOffset, reasoningOffset };
  return Object.values(position).every(Number.isSafeInteger) ? position : null;
}

/** Negative when attempt `a` came before `b`. */
export function compareAttempts(a: Attempt, b: Attempt): number {
  return a.sequence - b.sequence || a.delivery - b.delivery;
}
