import type { JobSubject, Subjects } from '@sluice/contracts';

/** What the jobs stream holds of a team. */
export type TeamContent = {
  /** Jobs without an end, each by one of its subjects. */
  readonly unfinished: readonly JobSubject[];
  readonly ends: readonly string[];
  /** All other subjects, those of nobody's making too. */
  readonly others: readonly string[];
};

/** Sorts the subjects of a team. Others go before the ends, so that no job seems unfinished when only half is gone. */
export function decideRemoval(subjects: Pick<Subjects, 'parse'>, held: readonly string[]): TeamContent {
  const unfinished = new Map<string, JobSubject>();
  const finished = new Set<string>();
  const ends: string[] = [];
  const others: string[] = [];
  for (const subject of held) {
    const parsed = subjects.parse(subject);
    if (parsed?.event === 'finished') {
      ends.push(subject);
      finished.add(parsed.jobId);
    } else {
      others.push(subject);
      if (parsed) unfinished.set(parsed.jobId, parsed);
    }
  }
  for (const jobId of finished) unfinished.delete(jobId);
  return { unfinished: [...unfinished.values()], ends, others };
}
