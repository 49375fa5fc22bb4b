import { topologyOf, topologyOptionsFrom } from '@sluice/contracts';
import { applyTopology, connect, natsTlsFrom, type TopologyReport } from '@sluice/messaging';
import type { Command } from './command.ts';
import { TOPOLOGY_VARIABLES } from './topology-environment.ts';

const FIRST_CONNECT_MS = 10_000;

/** Brings streams, consumers and buckets up to what this version needs; running it again changes nothing. */
export const topologyApply: Command = {
  name: 'topology apply',
  summary:
    'Creates or updates streams, consumers and buckets; changes nothing when one cannot be changed in place.',
  variables: [
    'NATS_URL                          nats://user:password@host:4222, several with commas',
    ...TOPOLOGY_VARIABLES,
  ],
  run: async (env) => {
    const topology = topologyOf(topologyOptionsFrom(env));
    const url = env['NATS_URL'];
    if (!url) throw new Error('NATS_URL is not set: it says where NATS is, as in nats://localhost:4222.');
    const nc = await connect({
      url,
      ...natsTlsFrom(env),
      name: 'provisioner',
      firstConnectMs: FIRST_CONNECT_MS,
    });
    try {
      return linesOf(await applyTopology(nc, topology)).join('\n');
    } finally {
      await nc.close();
    }
  },
};

const linesOf = ({ created, updated, unchanged }: TopologyReport): readonly string[] => [
  ...created.map((what) => `created    ${what}`),
  ...updated.map((what) => `updated    ${what}`),
  ...unchanged.map((what) => `unchanged  ${what}`),
];
