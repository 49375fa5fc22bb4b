import { type Command, fileOf, PAYLOADS_BUCKET, type StoredImage } from '@sluice/contracts';
import { type Log, type NatsConnection, putObject } from '@sluice/messaging';
import type { InputImage } from '../providers/provider.ts';
import { whileHeld } from './job-events.ts';

export type StoreDeps = { readonly nc: NatsConnection; readonly log: Log };

/**
 * Stores an image beside its job's other objects, with a name of its own: a runner that lost the race replaces
 * nothing. Waits while the store is full or away, as the image was paid for; rejects with the signal's reason.
 */
export async function storeImage(
  { nc, log }: StoreDeps,
  { teamId, jobId }: Pick<Command, 'teamId' | 'jobId'>,
  { mimeType, bytes }: InputImage,
  signal: AbortSignal,
): Promise<StoredImage> {
  const { id, object } = fileOf(teamId, jobId);
  const store = () => putObject(nc, PAYLOADS_BUCKET, object, bytes);
  const stored = await whileHeld({ nc, lease: signal, log }, store, null);
  signal.throwIfAborted();
  if (stored === null) throw new Error('the connection closed while an image was stored');
  return { id, url: `/api/files/${id}`, mimeType };
}
