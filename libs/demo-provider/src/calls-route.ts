import type { ServerResponse } from 'node:http';
import type { CallLog } from './call-log.ts';
import { sendJson } from './openai-error.ts';

const LONGEST_WAIT_MS = 10_000;

/**
 * `GET /_calls?key=&count=&aborted=`: what was recorded for this `key` parameter. With `count` or `aborted`
 * the answer waits until so many calls have come or were aborted, 10 s at most, so that a test in another
 * process waits for the event instead of polling.
 */
export function answerCalls(log: CallLog, query: URLSearchParams, res: ServerResponse): void {
  const label = query.get('key');
  const count = Number(query.get('count')) || 0;
  const aborted = Number(query.get('aborted')) || 0;

  const stopWaiting = () => {
    clearTimeout(timer);
    log.off('change', onChange);
    res.off('close', stopWaiting);
  };
  const answer = () => {
    stopWaiting();
    sendJson(res, 200, log.read(label));
  };
  const onChange = () => {
    const tally = log.tally(label);
    if (tally.count >= count && tally.aborted >= aborted) {
      answer();
    }
  };
  const timer = setTimeout(answer, LONGEST_WAIT_MS);
  log.on('change', onChange);
  res.once('close', stopWaiting);
  onChange();
}
