import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type Script = (response: ServerResponse, request: IncomingMessage) => unknown;

/** A provider whose next answers are written by a function, and which tells when connections come and go. */
export type ScriptedServer = {
  readonly url: string;
  /** Answers every request from now on; resolves with the first one, when all of it came. */
  answer(script: Script): Promise<{ readonly socket: Socket; readonly closed: Promise<unknown> }>;
  /** How many connections were made so far. */
  readonly connections: number;
  close(): Promise<void>;
};

export async function startScriptedServer(): Promise<ScriptedServer> {
  let script: Script = (response) => response.writeHead(500).end('there is no script');
  let asked: (socket: Socket) => void = () => undefined;
  let connections = 0;
  const server = createServer({ noDelay: true }, async (request, response) => {
    request.resume();
    await once(request, 'end');
    asked(request.socket);
    // A client that goes away is what many scripts are about.
    response.on('error', () => undefined);
    await Promise.resolve(script(response, request)).catch(() => response.destroy());
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer(next) {
      script = next;
      return new Promise((resolve) => {
        asked = (socket) => {
          asked = () => undefined;
          const closed = socket.closed ? Promise.resolve() : once(socket, 'close');
          resolve({ socket, closed });
        };
      });
    },
    get connections() {
      return connections;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Writes and waits until the bytes have left for the socket, so that a server is never ahead of its reader. */
export async function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  if (response.write(bytes) || response.destroyed) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.once('drain', go).once('close', go);
  });
}
