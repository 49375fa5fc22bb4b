/** Request headers that routes may read, as `/docs` describes them: JSON Schema with the description of a parameter. */
export const REQUEST_HEADERS = {
  'If-Match': {
    type: 'string',
    description:
      'The ETag of an answer: the request is carried out at that version alone (RFC 9110, 13.1.1).',
    examples: ['"3"'],
  },
  'If-None-Match': {
    type: 'string',
    description:
      'The ETag of what the caller has: the answer is 304 where it is still that (RFC 9110, 13.1.2).',
  },
  'Idempotency-Key': {
    type: 'string',
    pattern: '^[!-~]{1,255}$',
    description:
      'The same key of one team makes one job: a request repeated with it is answered by that job.',
  },
  Prefer: {
    type: 'string',
    description:
      '`wait=N` answers at the end, or after N seconds (300 at most); `respond-async` at once (RFC 7240).',
    examples: ['wait=30'],
  },
  'Last-Event-ID': {
    type: 'string',
    description: 'The id of the last event that arrived: the stream goes on behind it.',
  },
} as const;

export type RequestHeader = keyof typeof REQUEST_HEADERS;
