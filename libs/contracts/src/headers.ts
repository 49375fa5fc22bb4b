/** Names of the message headers that we set ourselves; `traceparent` is W3C Trace Context's. */
export const HEADERS = {
  requestId: 'X-Request-Id',
  publishId: 'X-Publish-Id',
  error: 'X-Error',
} as const;
