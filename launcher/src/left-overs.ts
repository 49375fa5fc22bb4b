import { join } from 'node:path';
import { stopLeftOver } from '@sluice/embedded';
import type { DataDirectory } from './data-directory.ts';
import { DEMO_PROVIDER, markerOf, type ServiceInstance } from './services.ts';

const GRACE_MS = 5_000;

/**
 * Stops what an earlier start left running on this data directory, when that one was killed and its guards too.
 * Returns the names of what it found. Only processes proven to be those are touched.
 */
export const stopLeftOvers = async (
  data: DataDirectory,
  instances: readonly ServiceInstance[],
): Promise<readonly string[]> => {
  const candidates = [
    ...instances.map(({ service, instance }) => ({
      name: instance,
      pidFile: data.pidFile(instance),
      marker: markerOf(service),
    })),
    { name: 'demo provider', pidFile: data.pidFile('demo-provider'), marker: DEMO_PROVIDER },
    ...['nats-server', 'mongod'].map((name) => ({
      name,
      pidFile: join(data.file(name), `${name}.pid`),
      marker: data.file(name),
    })),
  ];
  const stopped = await Promise.all(
    candidates.map(async ({ name, pidFile, marker }) =>
      (await stopLeftOver({ pidFile, marker, graceMs: GRACE_MS })) === undefined ? [] : [name],
    ),
  );
  return stopped.flat();
};
