import type { FastifyReply } from 'fastify';

/**
 * A client that leaves more than this unread for STALLED_MS is cut; it resumes with the last id that it saw. Only
 * after a while: a replay, or one large result, is written faster than anybody can read it. In bytes.
 */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
const STALLED_MS = 30_000;
/** More than any job's output; whoever leaves this unread is cut at once. */
const MOST_UNREAD_BYTES = 64 * 1024 * 1024;
const KEEP_ALIVE_MS = 15_000;

type Stream = {
  end: () => void;
  /** Resolves when the client is gone or the stream has ended. */
  readonly closed: Promise<void>;
  readonly open: boolean;
  /** The client went away, or was cut, before the stream had ended. */
  readonly left: boolean;
};
/** Whole events as text, the empty line behind each included. */
export type TextStream = Stream & { write: (events: string) => void };
export type EventStream = Stream & {
  send: (event: { event: string; id: string; data: object }) => void;
};

/** A reply as server-sent events with a name and an id each. */
export function openEventStream(reply: FastifyReply, options: { stalledMs?: number } = {}): EventStream {
  const stream = openTextStream(reply, options);
  return Object.assign(stream, {
    send: ({ event, id, data }: Parameters<EventStream['send']>[0]) =>
      stream.write(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`),
  });
}

/**
 * Turns a reply into server-sent events (WHATWG HTML, section 9.2). Headers set so far go out with it,
 * the answer's own ones included.
 */
export function openTextStream(reply: FastifyReply, { stalledMs = STALLED_MS } = {}): TextStream {
  const response = reply.raw;
  reply.hijack();
  // A client that left while its job was being stored: `close` was emitted, and will not be again.
  if (response.closed || response.destroyed) {
    return { closed: Promise.resolve(), open: false, left: true, write: () => {}, end: () => {} };
  }
  response.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
  let open = true;
  let left = false;
  let stalled: NodeJS.Timeout | undefined;
  const keepAlive = setInterval(() => response.write(': keep-alive\n\n'), KEEP_ALIVE_MS).unref();
  const expectReading = () => {
    stalled ??= setTimeout(() => response.destroy(), stalledMs).unref();
  };
  const wasRead = () => {
    clearTimeout(stalled);
    stalled = undefined;
  };
  const closed = new Promise<void>((resolve) => {
    response.once('close', () => {
      left = open;
      open = false;
      clearInterval(keepAlive);
      wasRead();
      resolve();
    });
  });
  response.on('drain', wasRead);
  response.on('error', () => response.destroy());

  return {
    closed,
    get open() {
      return open;
    },
    get left() {
      return left;
    },
    write(events) {
      if (!open) return;
      response.write(events);
      if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
      else if (response.writableLength > MAX_UNREAD_BYTES) expectReading();
    },
    end() {
      if (!open) return;
      open = false;
      clearInterval(keepAlive);
      // Until all is read the socket and what it holds stay.
      expectReading();
      response.end();
    },
  };
}
