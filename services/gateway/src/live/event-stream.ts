import type { FastifyReply } from 'fastify';

/** A client that leaves more than this unread is cut; it resumes with the last id that it saw. In bytes. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
const KEEP_ALIVE_MS = 15_000;

export type EventStream = {
  send: (event: { event: string; id: string; data: object }) => void;
  end: () => void;
  /** Resolves when the client is gone or the stream has ended. */
  readonly closed: Promise<void>;
  readonly open: boolean;
};

/**
 * Turns a reply into server-sent events (WHATWG HTML, section 9.2). Headers set so far go out with it,
 * the answer's own ones included.
 */
export function openEventStream(reply: FastifyReply): EventStream {
  const response = reply.raw;
  reply.hijack();
  response.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
  let open = true;
  const keepAlive = setInterval(() => response.write(': keep-alive\n\n'), KEEP_ALIVE_MS).unref();
  const closed = new Promise<void>((resolve) => {
    response.once('close', () => {
      open = false;
      clearInterval(keepAlive);
      resolve();
    });
  });
  response.on('error', () => response.destroy());

  return {
    closed,
    get open() {
      return open;
    },
    send({ event, id, data }) {
      if (!open) return;
      response.write(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
      if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
    },
    end() {
      if (!open) return;
      open = false;
      clearInterval(keepAlive);
      response.end();
    },
  };
}
