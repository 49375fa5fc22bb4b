/** Names of the message headers that we set ourselves; `traceparent` is W3C Trace Context's. */
export const HEADERS = {
  requestId: 'X-Request-Id',
  publishId: 'X-Publish-Id',
  error: 'X-Error',
  /** On a `finished` that stands for a job that was removed, so that nobody who still works on it ends it. */
  tombstone: 'X-Tombstone',
} as const;
