import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export type Replayed = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, in the pieces in which it is written. */
  readonly pieces: readonly Buffer[];
};

export type ReplayedRequest = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
};

/** A provider that answers every request with what it was given last, and keeps what it was asked. */
export type ReplayServer = {
  readonly url: string;
  readonly requests: ReplayedRequest[];
  /** Answers in this order, the last one for all that follow. */
  play(...answers: Replayed[]): void;
  close(): Promise<void>;
};

export async function startReplayServer(): Promise<ReplayServer> {
  let answers: Replayed[] = [];
  const requests: ReplayedRequest[] = [];
  const server = createServer(async (incoming, response) => {
    requests.push({
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: await json(incoming).catch(() => null),
    });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer) await write(answer, response).catch(() => response.destroy());
    else response.writeHead(500).end('nothing to replay');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    play(...next) {
      answers = next;
      requests.length = 0;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function write({ status, headers, pieces }: Replayed, response: ServerResponse): Promise<void> {
  response.writeHead(status, headers);
  for (const piece of pieces) {
    // Each piece goes out by itself: its write is waited for.
    await new Promise<void>((resolve, reject) =>
      response.write(piece, (error) => (error ? reject(error) : resolve())),
    );
  }
  response.end();
}
