import { AppError } from '@sluice/contracts';

/** The place of a job in a list: everything after it is older. */
export type ListPlace = { createdAt: Date; jobId: string };

export function encodeCursor({ createdAt, jobId }: ListPlace): string {
  return Buffer.from(`${createdAt.getTime()}.${jobId}`).toString('base64url');
}

/** Throws AppError `validation_failed` with the path `cursor` for what encodeCursor did not make. */
export function decodeCursor(cursor: string): ListPlace {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const [, milliseconds, jobId] = /^(\d{1,15})\.([A-Za-z0-9_-]{1,64})$/.exec(text) ?? [];
  const place = milliseconds && jobId && { createdAt: new Date(Number(milliseconds)), jobId };
  // Base 64 is read leniently; a cursor that is not written the same way again is none of ours.
  if (place && encodeCursor(place) === cursor) return place;
  const message = 'is not a cursor of this list';
  throw new AppError('validation_failed', `cursor ${message}`, { details: [{ path: 'cursor', message }] });
}
