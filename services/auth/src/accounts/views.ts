import type { teamSchema, userSchema } from '@sluice/contracts';
import type { z } from 'zod';
import type { Team, User } from './decide-account.ts';

/** A user as others may see it: without the password's hash. */
export function userView({ id, email, createdAt }: User): z.input<typeof userSchema> {
  return { id, email, createdAt: createdAt.toISOString() };
}

export function teamView({ id, name, createdAt }: Team): z.input<typeof teamSchema> {
  return { id, name, createdAt: createdAt.toISOString() };
}
