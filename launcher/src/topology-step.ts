import { type TopologyOptions, topologyOf } from '@sluice/contracts';
import { applyTopology, connect, natsTlsFrom } from '@sluice/messaging';

/** Brings streams, consumers and buckets up to what this version needs. Errors: conflict, with the difference. */
export const applyTopologyTo = async (natsUrl: string, options: Partial<TopologyOptions>): Promise<void> => {
  const nc = await connect({ url: natsUrl, ...natsTlsFrom(process.env), name: 'provisioner' });
  try {
    await applyTopology(nc, topologyOf(options));
  } finally {
    await nc.close();
  }
};
