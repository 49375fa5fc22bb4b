/** What one request may take; what a client may take its time for is configuration. */
export const LIMITS = {
  /**
   * Of a request, in bytes, unless its route takes work for a model. What is not read cannot stop the event loop: JSON
   * of 8 MB with a name for each dozen of bytes takes seconds to parse, also before anybody has logged in.
   */
  bodyBytes: 64 * 1024,
  /** Of a request with work for a model; pinned in the API: 8 MB. */
  workBytes: 8 * 1024 * 1024,
  headerBytes: 16 * 1024,
  headers: 100,
  /** Objects and lists within one another: the JSON Schema of an answer has a dozen levels. */
  jsonDepth: 100,
  /** Requests of one connection that are under way at once (RFC 9112, section 9.3.2). */
  pipelined: 32,
  /** Then the connection is closed: new ones spread over new replicas. */
  requestsPerConnection: 10_000,
} as const;
