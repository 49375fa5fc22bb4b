import type { Msg, MsgHdrs } from '@nats-io/nats-core';
import { jsonOf } from './message-body.ts';

/** A message of a consumer, held under a lease until it is acked, nak'ed or terminated. */
export type Delivery = {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  /** In the stream. */
  readonly sequence: number;
  /** How often this message has been delivered, from 1. */
  readonly delivery: number;
  /** When the stream stored it, in milliseconds since 1970. */
  readonly storedAt: number;
  /** Aborts when the lease is lost: another holder may have the message. From then on ack, nak and term do nothing. */
  readonly lease: AbortSignal;
  /** The body as JSON; throws a SyntaxError. */
  json(): unknown;
  /**
   * Done. Sent without waiting for the server: a lost ack is a redelivery, which the guards of the publishes before
   * it make harmless, and a confirmed one would cost every job a round trip.
   */
  ack(): Promise<void>;
  /** Gives it back for redelivery at once; costs no attempt. */
  nak(): void;
  /** Never again; the reason shows in the server's advisory. */
  term(reason: string): void;
};

const NANOSECONDS_PER_MS = 1e6;
const SENT = Promise.resolve();

/** A delivery as messaging holds it: with what keeps its lease. Times are monotonic milliseconds. */
export class HeldDelivery implements Delivery {
  readonly sequence: number;
  readonly delivery: number;
  readonly storedAt: number;
  /** When the confirmation that the lease rests on was asked for, or the message came. */
  confirmedAt: number;
  /** When the lease was last asked for. */
  askedAt: number;
  settled = false;
  readonly #msg: Msg;
  #abort: AbortController | undefined;
  #lost = false;

  constructor(msg: Msg, now: number) {
    // $JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>; the longer form of
    // ADR-15 has domain and account hash before the stream, and a token at the end.
    const parts = (msg.reply ?? '').split('.');
    const first = parts.length > 9 ? 6 : 4;
    this.#msg = msg;
    this.delivery = Number(parts[first]);
    this.sequence = Number(parts[first + 1]);
    this.storedAt = Math.floor(Number(parts[first + 3]) / NANOSECONDS_PER_MS);
    this.confirmedAt = now;
    this.askedAt = now;
  }

  get subject(): string {
    return this.#msg.subject;
  }

  get data(): Uint8Array {
    return this.#msg.data;
  }

  get headers(): MsgHdrs | undefined {
    return this.#msg.headers;
  }

  /** Where acknowledgements go. */
  get reply(): string {
    return this.#msg.reply ?? '';
  }

  get lease(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#lost) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  get lost(): boolean {
    return this.#lost;
  }

  lose(): void {
    this.#lost = true;
    this.#abort?.abort();
  }

  json(): unknown {
    return jsonOf(this.#msg.data);
  }

  ack(): Promise<void> {
    this.#settle('+ACK');
    return SENT;
  }

  nak(): void {
    this.#settle('-NAK');
  }

  term(reason: string): void {
    this.#settle(`+TERM ${reason}`);
  }

  #settle(answer: string): void {
    if (this.settled || this.#lost) return;
    this.settled = true;
    this.#msg.respond(answer);
  }
}
