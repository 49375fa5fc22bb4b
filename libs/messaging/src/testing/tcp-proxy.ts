import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that can lose what passes. */
export type TcpProxy = {
  readonly port: number;
  /** From now on what this side sends is thrown away, until the next cut. */
  lose(from: 'client' | 'server'): void;
  /** Breaks all connections; new ones pass everything. */
  cut(): void;
  stop(): Promise<void>;
};

export const startTcpProxy = async (targetPort: number): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  const lost = { client: false, server: false };
  const pipe = (from: Socket, to: Socket, side: 'client' | 'server'): void => {
    sockets.add(from);
    from.on('data', (data) => lost[side] || to.write(data));
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer({ noDelay: true }, (client) => {
    const target = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    pipe(client, target, 'client');
    pipe(target, client, 'server');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('no address');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    lost.client = false;
    lost.server = false;
  };
  return {
    port: address.port,
    lose: (from) => {
      lost[from] = true;
    },
    cut,
    stop: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
};
