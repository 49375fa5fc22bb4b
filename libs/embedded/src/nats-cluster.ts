import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { type NatsServer, type StartNatsServer, startNatsServer } from './nats-server.ts';

export type StartNatsCluster = Omit<StartNatsServer, 'port' | 'logFile'> & {
  /** Default 3. */
  readonly size?: number;
};

/** Servers that replicate their streams among each other. */
export type NatsCluster = {
  readonly servers: readonly NatsServer[];
  /** All their URLs, separated by commas. */
  readonly url: string;
  readonly stop: () => Promise<void>;
};

/**
 * Starts a JetStream cluster on loopback, each server with a directory of its own under `dataDir`, and waits until all
 * are healthy, which they are once they have elected a leader. Throws as startNatsServer.
 */
export const startNatsCluster = async (options: StartNatsCluster): Promise<NatsCluster> => {
  const { size = 3, extraConfig, ...rest } = options;
  const ports = await Promise.all(Array.from({ length: size }, freePort));
  const routes = ports.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ');
  const starts = await Promise.allSettled(
    ports.map((port, index) =>
      startNatsServer({
        ...rest,
        dataDir: join(options.dataDir, `server-${index + 1}`),
        extraConfig: [
          `server_name: "server-${index + 1}"`,
          `cluster { name: "sluice", listen: "127.0.0.1:${port}", routes: [${routes}] }`,
          ...(extraConfig === undefined ? [] : [extraConfig]),
        ].join('\n'),
      }),
    ),
  );
  const servers = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async (): Promise<void> => void (await Promise.all(servers.map((server) => server.stop())));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return { servers, url: servers.map(({ url }) => url).join(','), stop };
};
