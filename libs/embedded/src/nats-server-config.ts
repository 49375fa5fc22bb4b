import { join } from 'node:path';
import type { NatsAccount } from '@sluice/contracts';
import { natsAccountsConfig } from './nats-accounts-config.ts';

export type NatsServerConfig = {
  readonly dataDir: string;
  /** The address to listen on. Left out: loopback. In a container it is all of them, `0.0.0.0`. */
  readonly host?: string | undefined;
  /** Left out: the server takes a free one. */
  readonly port?: number | undefined;
  /** Of the server's own HTTP answers. Left out: a free one. */
  readonly monitorPort?: number | undefined;
  /** Left out: one account and no password. */
  readonly accounts?: readonly NatsAccount[] | undefined;
  /** Seconds between two writes through to the disk, or `always` for one with each message. */
  readonly syncInterval?: number | 'always' | undefined;
  /** Lines of the server's own configuration language, added at the end. */
  readonly extraConfig?: string | undefined;
};

/**
 * What was acknowledged survives a killed server in any case: the kernel has it. The interval bounds what a power cut
 * may take. The server's own default is 2 minutes; `always` waits for the disk with every publish. One second is
 * cheap and right for one machine whose owner sees the power go.
 */
const SYNC_SECONDS = 1;

// A stream with a byte limit reserves it, although nothing is written: with a namespace for each test, and all
// streams in each, reservations are far over any real disk. What is really written is bounded by the disk.
const RESERVABLE_FILE_BYTES = 2 ** 50;
const RESERVABLE_MEMORY_BYTES = 2 ** 44;

export const configFile = (dataDir: string): string => join(dataDir, 'nats-server.conf');

/** The configuration of a nats-server with JetStream, in the server's own language. */
export const natsServerConfig = (config: NatsServerConfig): string => {
  const sync = config.syncInterval ?? SYNC_SECONDS;
  const host = config.host ?? '127.0.0.1';
  const lines = [
    `listen: "${host}:${config.port ?? -1}"`,
    `http: "${host}:${config.monitorPort ?? -1}"`,
    `ports_file_dir: ${JSON.stringify(config.dataDir)}`,
    'jetstream {',
    `  store_dir: ${JSON.stringify(join(config.dataDir, 'streams'))}`,
    `  sync_interval: ${sync === 'always' ? 'always' : `"${sync}s"`}`,
    `  max_file_store: ${RESERVABLE_FILE_BYTES}`,
    `  max_memory_store: ${RESERVABLE_MEMORY_BYTES}`,
    '}',
    ...(config.accounts ? [natsAccountsConfig(config.accounts)] : []),
    ...(config.extraConfig === undefined ? [] : [config.extraConfig]),
  ];
  return `${lines.join('\n')}\n`;
};
