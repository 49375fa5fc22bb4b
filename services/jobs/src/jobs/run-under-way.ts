import type { JobEvent, Started } from '@sluice/contracts';

/** The attempt that has begun and has no outcome yet; the events in their order. */
export function runUnderWay(events: readonly JobEvent[]): Started | undefined {
  const last = events.findLast(
    ({ type }) => type === 'started' || type === 'retrying' || type === 'released',
  );
  return last?.type === 'started' ? last.data : undefined;
}
