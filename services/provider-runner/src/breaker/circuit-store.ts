import {
  ANY_STORED_CIRCUIT,
  BREAKERS_STREAM,
  type Circuit,
  circuitSchema,
  circuitSubject,
} from '@sluice/contracts';
import {
  jsonOf,
  type Log,
  lastBySubject,
  type NatsConnection,
  onStatus,
  publishGuarded,
  readSubject,
} from '@sluice/messaging';

/** What is known of every circuit that is not plainly closed, shared by all runners. */
export type CircuitStore = {
  get(name: string): Circuit | null;
  /**
   * Stores what `decide` makes of the circuit as it is, unless that is null; decided again where another runner was
   * first. Resolves to what was decided last, null when nothing was stored. Never throws: without the stream each
   * runner goes on with what it knows.
   */
  change(name: string, decide: (circuit: Circuit | null) => Circuit | null): Promise<Circuit | null>;
  close(): void;
};

/** What stands in the stream for longer says nothing any more; its limit is the same. */
const FORGET_MS = 60 * 60 * 1000;
const TRIES = 10;
const STORE_MS = 2000;

type Known = { readonly sequence: number; readonly circuit: Circuit | null };
const UNKNOWN: Known = { sequence: 0, circuit: null };

/** Follows the stream from its start, and again after a reconnect; one subscription for all circuits. */
export async function createCircuitStore({
  nc,
  log,
}: {
  readonly nc: NatsConnection;
  readonly log: Log;
}): Promise<CircuitStore> {
  const known = new Map<string, Known>();
  const tails = new Map<string, Promise<unknown>>();

  const learn = (name: string, sequence: number, body: unknown): void => {
    if ((known.get(name)?.sequence ?? 0) >= sequence) return;
    const parsed = circuitSchema.safeParse(body);
    if (!parsed.success)
      log.warn({ err: parsed.error, circuit: name }, 'the state of a circuit does not parse');
    known.set(name, { sequence, circuit: parsed.data ?? null });
  };
  const nameOf = (subject: string): string => subject.slice(subject.lastIndexOf('.') + 1);

  const subscription = nc.subscribe(ANY_STORED_CIRCUIT, {
    callback: (_error, { subject, headers, data }) =>
      learn(nameOf(subject), Number(headers?.get('Nats-Sequence')), jsonOf(data)),
  });
  const catchUp = async (): Promise<void> => {
    try {
      for (const { subject, sequence, json } of await readSubject(nc, BREAKERS_STREAM, circuitSubject('*'))) {
        learn(nameOf(subject), sequence, json());
      }
    } catch (err) {
      log.warn({ err }, 'the circuits of other runners cannot be read; each is learnt when it is used');
    }
  };
  const forgetStatus = onStatus(nc, ({ type }) => {
    if (type === 'reconnect') void catchUp();
  });
  await catchUp();

  const get = (name: string): Circuit | null => {
    const circuit = known.get(name)?.circuit;
    return circuit && Date.now() - Date.parse(circuit.at) < FORGET_MS ? circuit : null;
  };

  const tryChange: CircuitStore['change'] = async (name, decide) => {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const next = decide(get(name));
      if (!next) return null;
      const subject = circuitSubject(name);
      const outcome = await publishGuarded(nc, {
        stream: BREAKERS_STREAM,
        subject,
        body: JSON.stringify(next),
        guard: { filter: subject, sequence: (known.get(name) ?? UNKNOWN).sequence },
        boundMs: STORE_MS,
      });
      if (outcome.stored) {
        learn(name, outcome.sequence, next);
        return next;
      }
      const last = await lastBySubject(nc, BREAKERS_STREAM, subject, STORE_MS);
      if (last) learn(name, last.sequence, last.json());
      else known.delete(name);
    }
    return null;
  };

  return {
    get,
    change(name, decide) {
      // One after the other within this runner: its own calls would only refuse one another.
      const changed = (tails.get(name) ?? Promise.resolve()).then(() =>
        tryChange(name, decide).catch((err: unknown) => {
          log.warn({ err, circuit: name }, 'the state of a circuit cannot be stored');
          return null;
        }),
      );
      tails.set(name, changed);
      void changed.then(() => {
        if (tails.get(name) === changed) tails.delete(name);
      });
      return changed;
    },
    close: () => {
      forgetStatus();
      subscription.unsubscribe();
    },
  };
}
