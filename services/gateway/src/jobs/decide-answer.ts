/** How a request for work is answered. `stream` is the events as they come. */
export type Answer = { form: 'accepted' } | { form: 'wait'; seconds: number } | { form: 'stream' };

/** The longest wait that a caller may ask for, in seconds; more is cut. */
const MAX_WAIT_SECONDS = 300;

/**
 * From the headers `Accept` and `Prefer` (RFC 7240) and the body's `stream`. `respond-async` always wins;
 * an event stream wins over a wait.
 */
export function decideAnswer(asked: {
  accept?: string | undefined;
  prefer?: string | undefined;
  stream?: boolean | undefined;
}): Answer {
  const preferences = (asked.prefer ?? '').split(/[,;]/).map((preference) => preference.trim().toLowerCase());
  if (preferences.includes('respond-async')) return { form: 'accepted' };
  if (asked.stream === true || acceptsEvents(asked.accept)) return { form: 'stream' };
  const wait = preferences
    .map((preference) => /^wait\s*=\s*"?(\d{1,9})"?$/.exec(preference)?.[1])
    .find(Boolean);
  if (wait === undefined) return { form: 'accepted' };
  return { form: 'wait', seconds: Math.min(Number(wait), MAX_WAIT_SECONDS) };
}

function acceptsEvents(accept = ''): boolean {
  return accept.split(',').some((range) => range.split(';')[0]?.trim().toLowerCase() === 'text/event-stream');
}
