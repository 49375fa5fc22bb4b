import { AppError, idSchema } from '@sluice/contracts';

/** Where a page ended: the next one begins with what is older. Ids tell apart what was made at one moment. */
export type PagePosition = { createdAt: Date; id: string };

/** The opaque text of a position. */
export function encodeCursor({ createdAt, id }: PagePosition): string {
  return `${createdAt.getTime().toString(36)}-${id}`;
}

/** Throws AppError `validation_failed` naming `cursor` for a text that is not one of ours. */
export function decodeCursor(cursor: string): PagePosition {
  const [, time = '', id = ''] = /^([0-9a-z]{1,9})-(.+)$/.exec(cursor) ?? [];
  const createdAt = new Date(Number.parseInt(time, 36));
  if (Number.isNaN(createdAt.getTime()) || !idSchema.safeParse(id).success) {
    throw new AppError('validation_failed', 'The cursor is not one that a list has returned.', {
      details: [{ path: 'cursor', message: 'is not one that a list has returned' }],
    });
  }
  return { createdAt, id };
}

/** Cuts what was read (one more than the limit, when there is more) into a page and the cursor of the next. */
export function decidePage<Item extends PagePosition>(
  found: readonly Item[],
  limit: number,
): { items: Item[]; nextCursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last ? encodeCursor(last) : null };
}
