import { AppError, idSchema, profileSchema } from '@sluice/contracts';

/** A profile as `/docs` shows it. */
export const aiProfile = profileSchema.meta({ id: 'AiProfile' });

/** Throws AppError `not_found` for what cannot be an id: auth could not read such a request. */
export function profileIdOf({ id }: { id: string }): string {
  if (idSchema.safeParse(id).success) return id;
  throw new AppError('not_found', 'There is no such AI profile.');
}
