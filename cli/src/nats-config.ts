import { natsAccountsOf, natsPasswordVariable, topologyOptionsFrom } from '@sluice/contracts';
import { natsAccountsConfig } from '@sluice/embedded';
import type { Command } from './command.ts';

const HEAD = `# The configuration of nats-server for Sluice, printed by \`sluice nats config\`. Do not edit: change the topology or
# the contracts, and print it again. Each password is an environment variable of the server; one that begins with a
# letter needs no quotes.
listen: "0.0.0.0:4222"
http: "127.0.0.1:8222"
jetstream {
  store_dir: "/data"
  # What a power cut may take of what was acknowledged; the server's own default is two minutes.
  sync_interval: "1s"
}`;

/** The server's configuration: who may do what, as the topology and the endpoints have it. It holds no secret. */
export const natsConfig: Command = {
  name: 'nats config',
  summary: 'Prints the configuration of nats-server: a user for each service, with what it may do.',
  variables: ['AI_QUEUE_NAME                     name of the job stream and its subjects (jobs)'],
  run: async (env) => {
    const topology = topologyOptionsFrom(env);
    const passwordOf = (user: Parameters<typeof natsPasswordVariable>[0]) => `$${natsPasswordVariable(user)}`;
    return `${HEAD}\n${natsAccountsConfig(natsAccountsOf({ topology, passwordOf }))}`;
  },
};
