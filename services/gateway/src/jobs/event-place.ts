import { AppError, type JobEvent, POSITION_END, POSITION_REQUESTED, type Position } from '@sluice/contracts';

/**
 * Whether a job's reader can have been at this place. An attempt is known by the message that it was delivered as,
 * since its first output may be read before its `started` is stored.
 */
export function isPlaceIn(events: readonly JobEvent[], { sequence }: Position): boolean {
  if (sequence === POSITION_REQUESTED.sequence) return true;
  return events.some((event) => {
    if (event.type === 'finished') {
      return sequence === POSITION_END.sequence || event.data.run?.attempt.sequence === sequence;
    }
    return 'attempt' in event.data ? event.data.attempt.sequence === sequence : event.sequence === sequence;
  });
}

/** The refusal of a `Last-Event-ID` or `?after=`; `path` names which. */
export function notOfThisStream(path: string): AppError {
  return new AppError('bad_request', `${path} is not an id of this stream.`, {
    details: [{ path, message: 'is not an id of this stream' }],
  });
}
