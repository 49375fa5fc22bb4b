import type { NatsConnection } from '@nats-io/nats-core';
import { MsgHdrsImpl } from '@nats-io/nats-core/internal';
import { ask } from './ask.ts';
import { errorOf } from './jetstream-request.ts';
import { jsonOf } from './message-body.ts';
import { isNoResponders } from './reading-batches.ts';

export type CounterAnswer =
  /** The total after the change, those of everybody included. */
  | { readonly outcome: 'counted'; readonly total: number }
  | { readonly outcome: 'refused'; readonly cause: unknown }
  /** No answer in time: the change may have been counted. */
  | { readonly outcome: 'unclear'; readonly cause: unknown };

const TRY_MS = 2_000;

/**
 * Changes a counter (a subject of a stream with `allow_msg_counter`, NATS ADR-49) by a whole number and answers with
 * its total; 0 reads it. Tries once and never throws: who counts decides what a change is worth that may be lost.
 */
export const addToCounter = async (
  nc: NatsConnection,
  subject: string,
  amount: number,
  timeoutMs = TRY_MS,
): Promise<CounterAnswer> => {
  const headers = new MsgHdrsImpl();
  headers.headers.set('Nats-Incr', [String(amount)]);
  try {
    const answer = jsonOf((await ask(nc, subject, '', headers, timeoutMs)).data);
    const error = errorOf(answer);
    if (error) return { outcome: 'refused', cause: error };
    return { outcome: 'counted', total: Number((answer as { val: string }).val) };
  } catch (cause) {
    return { outcome: isNoResponders(cause) ? 'refused' : 'unclear', cause };
  }
};
