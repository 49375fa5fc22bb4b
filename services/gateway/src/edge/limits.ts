/** What one request may take; times in milliseconds. */
export const LIMITS = {
  /** Pinned in the API: 8 MB. */
  bodyBytes: 8 * 1024 * 1024,
  headerBytes: 16 * 1024,
  headersMs: 15_000,
  /** From the first byte to the last of a request, not of its answer. */
  requestMs: 60_000,
  /** Longer than load balancers keep idle connections (60 s as a rule), so that they close first, never we. */
  keepAliveMs: 75_000,
} as const;
