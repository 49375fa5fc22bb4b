import type { NatsAccount } from '@sluice/contracts';
import {
  acquireMongod,
  acquireNatsServer,
  type NatsServer,
  type RunningServer,
  startMongod,
  startNatsServer,
} from '@sluice/embedded';
import { keepPort } from './choose-port.ts';
import type { DataDirectory } from './data-directory.ts';
import { type Supervised, supervise } from './supervise.ts';

export type OwnServerDeps = {
  readonly accounts: readonly NatsAccount[];
  readonly data: DataDirectory;
  readonly lastPort: string | undefined;
  readonly report: (line: string) => void;
};

/** Fetches a nats-server when there is none and keeps it up on one port, its data in `nats-server/`. */
export const superviseNats = ({ accounts, data, lastPort, report }: OwnServerDeps): Supervised<NatsServer> =>
  supervise({
    name: 'nats-server',
    report,
    start: async (previous) => {
      const { path } = await acquireNatsServer({ report });
      const port = previous?.port ?? (await keepPort(lastPort));
      const dataDir = data.file('nats-server');
      return startNatsServer({ binary: path, dataDir, port, accounts, logFile: data.log('nats-server') });
    },
  });

/** Fetches a mongod when there is none and keeps it up on one port, its data in `mongod/`. */
export const superviseMongod = ({
  data,
  report,
}: Omit<OwnServerDeps, 'lastPort' | 'accounts'>): Supervised<RunningServer> =>
  supervise({
    name: 'mongod',
    report,
    start: async (previous) => {
      const { path } = await acquireMongod({ report });
      const same = previous ? { port: previous.port } : {};
      return startMongod({
        binary: path,
        dataDir: data.file('mongod'),
        logFile: data.log('mongod'),
        ...same,
      });
    },
  });

/** The database that the services use on our own mongod. */
export const databaseUrlOn = (mongodUrl: string): string => {
  const url = new URL(mongodUrl);
  url.pathname = '/sluice';
  return url.href;
};
