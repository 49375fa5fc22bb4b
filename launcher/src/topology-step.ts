/**
 * Brings streams, consumers and buckets up to what this version needs.
 * SEAM: becomes the call of `applyTopology` in @sluice/messaging as soon as that is there.
 */
export const applyTopologyTo = async (_natsUrl: string, _queueName: string | undefined): Promise<void> => {};
