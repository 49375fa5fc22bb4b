import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP link to a server that can go silent, as a network does that loses every packet. */
export type FreezableLink = {
  readonly port: number;
  /** From now on nothing passes, and nobody is told. */
  freeze(): void;
  stop(): Promise<void>;
};

export async function startFreezableLink(target: { host: string; port: number }): Promise<FreezableLink> {
  const sockets = new Set<Socket>();
  let frozen = false;
  const forward = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', (data) => frozen || to.write(data));
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ ...target, noDelay: true });
    forward(client, upstream);
    forward(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the link has no address');
  return {
    port: address.port,
    freeze: () => {
      frozen = true;
    },
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
