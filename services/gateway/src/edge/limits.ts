/** What one request may take; what a client may take its time for is configuration. */
export const LIMITS = {
  /** Pinned in the API: 8 MB. */
  bodyBytes: 8 * 1024 * 1024,
  headerBytes: 16 * 1024,
  headers: 100,
  /** Objects and lists within one another: the JSON Schema of an answer has a dozen levels. */
  jsonDepth: 100,
  /** Requests of one connection that are under way at once (RFC 9112, section 9.3.2). */
  pipelined: 32,
  /** Then the connection is closed: new ones spread over new replicas. */
  requestsPerConnection: 10_000,
} as const;
