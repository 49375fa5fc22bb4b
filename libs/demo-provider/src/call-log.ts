import { EventEmitter } from 'node:events';

/** One call of the API but for its models. Times are ISO 8601. No header that carries a key is kept. */
export type RecordedCall = {
  readonly label: string | null;
  readonly model: string;
  readonly stream: boolean;
  /** Hex SHA-256 of the bearer token, to check which key arrived; null without one. */
  readonly keySha256: string | null;
  readonly requestHeaders: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed body where it has at most 4096 bytes, else null. */
  readonly body: unknown;
  readonly startedAt: string;
  endedAt: string | null;
  status: number | null;
  /** The whole answer was handed over. */
  finished: boolean;
  /** The client closed the connection before that. */
  aborted: boolean;
};

export type CallSummary = {
  readonly count: number;
  readonly aborted: number;
  readonly calls: readonly RecordedCall[];
};

type Tally = { count: number; aborted: number };

const KEPT = 10_000;

/**
 * Remembers the last 10,000 calls, and counts all of them, in total and by label (the last 10,000 labels).
 * Emits `change` with each call and each end of one.
 */
export class CallLog extends EventEmitter<{ change: [] }> {
  #calls: RecordedCall[] = [];
  #next = 0;
  #total: Tally = { count: 0, aborted: 0 };
  #byLabel = new Map<string, Tally>();
  #open = new Set<RecordedCall>();

  constructor() {
    super();
    this.setMaxListeners(0);
  }

  begin(call: RecordedCall): void {
    this.#calls[this.#next % KEPT] = call;
    this.#next += 1;
    this.#open.add(call);
    this.#total.count += 1;
    if (call.label !== null) {
      this.#tally(call.label).count += 1;
    }
    this.emit('change');
  }

  end(call: RecordedCall, how: { status: number; finished: boolean; aborted: boolean }): void {
    Object.assign(call, how, { endedAt: new Date().toISOString() });
    const counted = this.#open.delete(call);
    if (counted && how.aborted) {
      this.#total.aborted += 1;
      if (call.label !== null) {
        this.#tally(call.label).aborted += 1;
      }
    }
    this.emit('change');
  }

  /** The calls with this label, oldest first; all calls for null. */
  read(label: string | null): CallSummary {
    const oldest = this.#next > KEPT ? this.#next % KEPT : 0;
    const inOrder = [...this.#calls.slice(oldest), ...this.#calls.slice(0, oldest)];
    return label === null
      ? { ...this.#total, calls: inOrder }
      : { ...this.tally(label), calls: inOrder.filter((call) => call.label === label) };
  }

  tally(label: string | null): Readonly<Tally> {
    return label === null ? this.#total : (this.#byLabel.get(label) ?? { count: 0, aborted: 0 });
  }

  clear(label: string | null): void {
    if (label === null) {
      this.#total = { count: 0, aborted: 0 };
      this.#byLabel.clear();
      this.#open.clear();
      this.#calls = [];
    } else {
      const tally = this.tally(label);
      this.#total.count -= tally.count;
      this.#total.aborted -= tally.aborted;
      this.#byLabel.delete(label);
      this.#open = new Set([...this.#open].filter((call) => call.label !== label));
      this.#calls = this.read(null).calls.filter((call) => call.label !== label);
    }
    this.#next = this.#calls.length;
    this.emit('change');
  }

  #tally(label: string): Tally {
    const known = this.#byLabel.get(label);
    if (known !== undefined) {
      return known;
    }
    const [oldest] = this.#byLabel.keys();
    if (oldest !== undefined && this.#byLabel.size >= KEPT) {
      this.#byLabel.delete(oldest);
    }
    const tally = { count: 0, aborted: 0 };
    this.#byLabel.set(label, tally);
    return tally;
  }
}
