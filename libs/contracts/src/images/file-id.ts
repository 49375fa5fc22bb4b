import { idSchema, newId } from '../ids.ts';

/**
 * A file that a job made, new: its id, and the object of the payloads bucket behind it. The id names the job and the
 * file; the team is no part of it, so that a reader's own team is all that an object's name can be made with.
 */
export function fileOf(teamId: string, jobId: string): { id: string; object: string } {
  const name = newId();
  return { id: `${jobId}-${name}`, object: objectName(teamId, jobId, name) };
}

/** The object that a file's id names for this team; null for what is no file's id. Another team's is not there. */
export function objectOfFile(teamId: string, id: string): string | null {
  const [, jobId, name] = /^(.{1,64})-([a-z2-7]{26})$/.exec(id) ?? [];
  if (jobId === undefined || name === undefined || !idSchema.safeParse(jobId).success) return null;
  return objectName(teamId, jobId, name);
}

const objectName = (teamId: string, jobId: string, name: string): string =>
  `${teamId}/${jobId}/image-${name}`;
