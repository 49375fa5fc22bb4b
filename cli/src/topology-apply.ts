import { topologyOf, topologyOptionsFrom } from '@sluice/contracts';
import { applyTopology, type TopologyReport } from '@sluice/messaging';
import type { Command } from './command.ts';
import { natsVariables, withNats } from './nats-connection.ts';
import { TOPOLOGY_VARIABLES } from './topology-environment.ts';

/** Brings streams, consumers and buckets up to what this version needs; running it again changes nothing. */
export const topologyApply: Command = {
  name: 'topology apply',
  summary:
    'Creates or updates streams, consumers and buckets; changes nothing when one cannot be changed in place.',
  variables: [...natsVariables('provisioner'), ...TOPOLOGY_VARIABLES],
  run: async (env) => {
    const topology = topologyOf(topologyOptionsFrom(env));
    return withNats(env, 'provisioner', async (nc) => linesOf(await applyTopology(nc, topology)).join('\n'));
  },
};

const linesOf = ({ created, updated, unchanged }: TopologyReport): readonly string[] => [
  ...created.map((what) => `created    ${what}`),
  ...updated.map((what) => `updated    ${what}`),
  ...unchanged.map((what) => `unchanged  ${what}`),
];
