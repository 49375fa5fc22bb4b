import type { NatsConnection } from '@nats-io/nats-core';
import { AppError, type Topology } from '@sluice/contracts';
import { JetStreamError } from './jetstream-request.ts';
import type { Log } from './log.ts';
import { planTopology, type Step } from './topology-plan.ts';

/** Names such as `stream JOBS` and `consumer JOBS/run-batch`. */
export type TopologyReport = {
  readonly created: string[];
  readonly updated: string[];
  readonly unchanged: string[];
};

/**
 * Makes streams, consumers and buckets what the topology says; doing it twice changes nothing. When one field cannot
 * be changed in place nothing is applied at all, and AppError `conflict` lists each such field with both values.
 * Throws AppError `unavailable` when the server does not answer.
 */
export const applyTopology = async (
  nc: NatsConnection,
  topology: Topology,
  { log }: { readonly log?: Log } = {},
): Promise<TopologyReport> => {
  const steps = await planTopology(nc, topology);
  throwRefused(steps);
  const report: TopologyReport = { created: [], updated: [], unchanged: [] };
  for (const step of steps) {
    if (step.action === 'keep') {
      report.unchanged.push(step.what);
      continue;
    }
    await applyStep(step);
    (step.action === 'create' ? report.created : report.updated).push(step.what);
    log?.info({ what: step.what }, step.action === 'create' ? 'created' : 'updated');
  }
  return report;
};

/**
 * True when everything the topology names is there and nothing of it would have to be made anew. Throws AppError
 * `unavailable`, naming what is missing, or `conflict` as applyTopology.
 */
export const checkTopology = async (nc: NatsConnection, topology: Topology): Promise<true> => {
  const steps = await planTopology(nc, topology);
  const missing = steps.filter(({ action }) => action === 'create').map(({ what }) => what);
  if (missing.length > 0) throw new AppError('unavailable', `The topology lacks ${missing.join(', ')}.`);
  throwRefused(steps);
  return true;
};

const throwRefused = (steps: readonly Step[]): void => {
  const lines = steps.flatMap(({ what, refused }) =>
    refused.map(
      ({ field, current, wanted }) => `${what}: ${field} is ${json(current)}, wanted ${json(wanted)}`,
    ),
  );
  if (lines.length === 0) return;
  throw new AppError('conflict', `The topology cannot be changed in place.\n${lines.join('\n')}`);
};

const json = (value: unknown): string => (value === undefined ? 'not set' : JSON.stringify(value));

const applyStep = async ({ what, action, apply }: Step): Promise<void> => {
  try {
    await apply();
  } catch (cause) {
    if (!(cause instanceof JetStreamError)) throw cause;
    const code = cause.status >= 500 ? 'unavailable' : 'conflict';
    throw new AppError(code, `The server refuses to ${action} ${what}: ${cause.message}`, { cause });
  }
};
