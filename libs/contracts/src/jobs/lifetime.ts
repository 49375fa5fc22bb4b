import type { Command } from './events.v1.ts';

/** The stream forgets a job after 24 h (`max_age`); by then it has ended, and an hour before. In milliseconds. */
export const JOB_LIFETIME_MS = 23 * 3600 * 1000;

/** When a job must have ended: at its deadline, or when its lifetime is over. In milliseconds since 1970. */
export function endsBy({ at, deadlineAt }: Pick<Command, 'at' | 'deadlineAt'>): number {
  const last = Date.parse(at) + JOB_LIFETIME_MS;
  return deadlineAt === null ? last : Math.min(last, Date.parse(deadlineAt));
}
