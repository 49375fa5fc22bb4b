import { AppError } from '@sluice/contracts';

/** Throws AppError `precondition_failed` when a caller who named versions (`If-Match`) did not name this one. */
export function decideVersion(version: number, named: readonly number[] | undefined): void {
  if (named === undefined || named.includes(version)) return;
  throw new AppError('precondition_failed', `The profile has changed: it is at version ${version}.`, {
    details: [{ path: 'headers.if-match', message: `the current version is "${version}"` }],
  });
}
