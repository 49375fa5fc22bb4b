import { existsSync, renameSync, statSync } from 'node:fs';
import { type GuardedProcess, startGuarded } from '@sluice/embedded';
import type { DataDirectory } from './data-directory.ts';
import { repository } from './repository.ts';
import { environmentFor, type ServiceName } from './service-environment.ts';
import { type Supervised, supervise } from './supervise.ts';

/** One process of a service; `instance` names its log and its pid file: `gateway`, `provider-runner-2`. */
export type ServiceInstance = { readonly service: ServiceName; readonly instance: string };

/** Milliseconds between asking a service to end and ending it: its own bounded shutdown comes first. */
const GRACE_MS: Readonly<Record<ServiceName, number>> = {
  gateway: 10_000,
  'provider-runner': 20_000,
  jobs: 10_000,
  auth: 5_000,
};

/** The path by which a process of a service is recognised on its command line. */
export const markerOf = (service: ServiceName): string => `services/${service}`;

/** auth, jobs, the runners and the gateway, in the order in which they start; they stop in the opposite one. */
export const serviceInstances = (runners: number): readonly ServiceInstance[] => [
  { service: 'auth', instance: 'auth' },
  { service: 'jobs', instance: 'jobs' },
  ...Array.from({ length: runners }, (_, index) => ({
    service: 'provider-runner' as const,
    instance: `provider-runner-${index + 1}`,
  })),
  { service: 'gateway', instance: 'gateway' },
];

export type ServiceDeps = {
  readonly data: DataDirectory;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly report: (line: string) => void;
};

/** Starts a service and keeps it up, with the part of the environment that it may have. */
export const superviseService = (
  { service, instance }: ServiceInstance,
  { data, environment, report }: ServiceDeps,
): Supervised<GuardedProcess> => {
  const logFile = data.log(instance);
  const start = () =>
    startGuarded({
      command: process.execPath,
      args: ['--import', './libs/telemetry/src/register.ts', `${markerOf(service)}/src/main.ts`],
      cwd: repository,
      env: environmentFor(service, environment),
      logFile,
      pidFile: data.pidFile(instance),
      graceMs: GRACE_MS[service],
    });
  setAsideLargeLog(logFile);
  return supervise({ name: instance, start, report: (line) => report(`${line} (${logFile})`) });
};

const DEMO_GRACE_MS = 3_000;
export const DEMO_PROVIDER = 'libs/demo-provider/src/main.ts';

/** Starts the demo provider on a port and keeps it up. */
export const superviseDemoProvider = (
  port: number,
  { data, report }: Pick<ServiceDeps, 'data' | 'report'>,
): Supervised<GuardedProcess> => {
  const logFile = data.log('demo-provider');
  const start = () =>
    startGuarded({
      command: process.execPath,
      args: [DEMO_PROVIDER],
      cwd: repository,
      env: { PATH: process.env['PATH'], PORT: String(port) },
      logFile,
      pidFile: data.pidFile('demo-provider'),
      graceMs: DEMO_GRACE_MS,
    });
  setAsideLargeLog(logFile);
  return supervise({ name: 'demo provider', start, report });
};

const LARGE_LOG_BYTES = 20 << 20;

/** At a start a log that has grown large becomes `<name>.log.1`, in place of the one before. */
const setAsideLargeLog = (path: string): void => {
  if (existsSync(path) && statSync(path).size > LARGE_LOG_BYTES) renameSync(path, `${path}.1`);
};
