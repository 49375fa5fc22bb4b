import { AppError, idSchema } from '@sluice/contracts';

/** An id out of a path. Throws AppError `not_found` for what can be nobody's id. */
export function pathId(id: string, what: 'team' | 'member' | 'invite'): string {
  if (idSchema.safeParse(id).success) return id;
  throw new AppError('not_found', `There is no such ${what}.`);
}
