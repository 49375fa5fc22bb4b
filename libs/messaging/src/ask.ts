import {
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  NoRespondersError,
  PermissionViolationError,
  TimeoutError,
} from '@nats-io/nats-core';
import { newId } from '@sluice/contracts';
import { newInbox, onStatus } from './connection-events.ts';

type Pending = {
  readonly subject: string;
  readonly resolve: (msg: Msg) => void;
  readonly reject: (error: Error) => void;
  readonly until: number;
};
type Asking = {
  readonly inbox: string;
  readonly pending: Map<string, Pending>;
  sweep: NodeJS.Timeout | undefined;
};

/** How exact a time-out is, in milliseconds. */
const SWEEP_MS = 100;

const askings = new WeakMap<NatsConnection, Asking>();

const askingOf = (nc: NatsConnection): Asking => {
  const existing = askings.get(nc);
  if (existing) return existing;
  const asking: Asking = { inbox: newInbox(nc), pending: new Map(), sweep: undefined };
  askings.set(nc, asking);
  nc.subscribe(`${asking.inbox}.*`, {
    callback: (error, msg) => {
      if (error === null) return settle(asking, msg);
      // Nobody can be answered any more, and the client has closed this subscription.
      askings.delete(nc);
      rejectAll(asking, error, () => true);
    },
  });
  onStatus(nc, (status) => {
    if (status.type !== 'error' || !(status.error instanceof PermissionViolationError)) return;
    const refused = status.error;
    if (refused.operation === 'publish')
      rejectAll(asking, refused, ({ subject }) => subject === refused.subject);
  });
  return asking;
};

/** The server says which subject it refused and not which message: permissions are by subject. */
const rejectAll = ({ pending }: Asking, error: Error, concerns: (one: Pending) => boolean): void => {
  for (const [token, one] of pending) {
    if (!concerns(one)) continue;
    pending.delete(token);
    one.reject(error);
  }
};

const settle = ({ inbox, pending }: Asking, msg: Msg): void => {
  const token = msg.subject.slice(inbox.length + 1);
  const waiting = pending.get(token);
  if (!waiting) return;
  pending.delete(token);
  if (msg.data.length === 0 && msg.headers?.code === 503) waiting.reject(new NoRespondersError(msg.subject));
  else waiting.resolve(msg);
};

const sweepSoon = (asking: Asking): void => {
  asking.sweep ??= setTimeout(() => {
    asking.sweep = undefined;
    const now = performance.now();
    for (const [token, { until, reject }] of asking.pending) {
      if (until > now) continue;
      asking.pending.delete(token);
      reject(new TimeoutError());
    }
    if (asking.pending.size > 0) sweepSoon(asking);
  }, SWEEP_MS);
};

/**
 * A request as `nc.request` makes it, for the hot path: one inbox and one timer for all, and no Error made for a
 * request that is answered (the client makes two). Rejects with NoRespondersError, TimeoutError,
 * PermissionViolationError, or what publish throws.
 */
export const ask = (
  nc: NatsConnection,
  subject: string,
  body: string | Uint8Array,
  headers: MsgHdrs,
  timeoutMs: number,
): Promise<Msg> =>
  new Promise((resolve, reject) => {
    const asking = askingOf(nc);
    // Not to be guessed: whoever has the same login sees our answers, and could send one before auth does (ADR 0042).
    const token = newId();
    nc.publish(subject, body, { headers, reply: `${asking.inbox}.${token}` });
    asking.pending.set(token, { subject, resolve, reject, until: performance.now() + timeoutMs });
    sweepSoon(asking);
  });
