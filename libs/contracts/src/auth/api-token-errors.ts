import { AppError } from '../errors.ts';

export function apiTokenNotFound(): AppError {
  return new AppError('not_found', 'API token not found.', {
    details: [{ path: 'id', message: 'names no API token of this team' }],
  });
}

/** The same words whatever is wrong with it, and whoever says so. */
export function apiTokenRefused(): AppError {
  return new AppError('unauthenticated', 'The API token is not valid, or no longer.', {
    details: [{ path: 'headers.authorization', message: 'is not valid' }],
  });
}
