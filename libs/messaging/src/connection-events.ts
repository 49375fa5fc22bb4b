import { createInbox, type NatsConnection, type Status } from '@nats-io/nats-core';

type Listener = (status: Status) => void;
type Known = { inboxPrefix: string | undefined; listeners: Set<Listener> };

const connections = new WeakMap<NatsConnection, Known>();

const knownOf = (nc: NatsConnection): Known => {
  const existing = connections.get(nc);
  if (existing) return existing;
  const known: Known = { inboxPrefix: undefined, listeners: new Set() };
  connections.set(nc, known);
  void readStatus(nc, known.listeners);
  return known;
};

const readStatus = async (nc: NatsConnection, listeners: Set<Listener>): Promise<void> => {
  // One iterator for everybody: the client keeps each iterator it ever handed out until the connection closes.
  for await (const status of nc.status()) for (const listener of listeners) listener(status);
};

/** Calls `listener` with each change of a connection until the returned function is called. */
export const onStatus = (nc: NatsConnection, listener: Listener): (() => void) => {
  const { listeners } = knownOf(nc);
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const rememberInboxPrefix = (nc: NatsConnection, prefix: string): void => {
  knownOf(nc).inboxPrefix = prefix;
};

/** A new inbox under the prefix that this connection's user may subscribe to. */
export const newInbox = (nc: NatsConnection): string => createInbox(knownOf(nc).inboxPrefix);
