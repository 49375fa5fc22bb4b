import { topologyOf, topologyOptionsFrom } from '@sluice/contracts';
import type { Command } from './command.ts';
import { TOPOLOGY_VARIABLES } from './topology-environment.ts';

/** What `topology apply` would ask of the server, for people and for other provisioners. */
export const topologyShow: Command = {
  name: 'topology show',
  summary: 'Prints that topology as JSON, durations in nanoseconds; asks no server.',
  variables: TOPOLOGY_VARIABLES,
  run: async (env) => JSON.stringify(topologyOf(topologyOptionsFrom(env)), null, 2),
};
