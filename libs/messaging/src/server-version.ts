import { AppError, NATS_SERVER_FLOOR } from '@sluice/contracts';

/** Throws AppError `unavailable`, naming both versions, when a nats-server is older than what Sluice needs. */
export const requireServerVersion = (version: string): void => {
  const [major, minor] = version.split('.').map((part) => Number.parseInt(part, 10));
  const [floorMajor = 0, floorMinor = 0] = NATS_SERVER_FLOOR.split('.').map(Number);
  if (major !== undefined && minor !== undefined) {
    if (major > floorMajor || (major === floorMajor && minor >= floorMinor)) return;
  }
  throw new AppError(
    'unavailable',
    `nats-server ${version || 'of an unknown version'} is too old: Sluice needs ${NATS_SERVER_FLOOR} or newer`,
    { retryable: false },
  );
};
