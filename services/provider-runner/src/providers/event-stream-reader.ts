import { StringDecoder } from 'node:string_decoder';
import type { DeltaContent } from '@sluice/contracts';
import { createParser } from 'eventsource-parser';
import { type Failure, failure } from '../job/failure.ts';
import { type AnswerBuilder, buildAnswer } from './answer-builder.ts';
import { type ChatOutcome, failed } from './provider.ts';

/** One streamed answer as it is read. */
export type StreamReader = {
  feed(bytes: Buffer): void;
  /** The answer is complete, or broken beyond repair: nothing more is read. */
  readonly ended: boolean;
  /** The outcome when nothing more comes. */
  outcome(): ChatOutcome;
};

export type ReaderContext = {
  readonly model: string;
  readonly apiKey: string;
  readonly onDelta: (content: DeltaContent) => void;
};

/**
 * What an event means to the answer: `end` when it was the last one, a Failure when it says that the answer failed,
 * undefined to go on. Throw nothing: what cannot be read is `malformed`.
 */
export type ReadEvent = (
  event: { readonly name: string | undefined; readonly data: string },
  answer: AnswerBuilder,
) => Failure | 'end' | 'malformed' | undefined;

/** An event that is not finished after this many characters is none. */
const MAX_EVENT_UNITS = 32 * 1024 * 1024;

/**
 * Reads server-sent events (WHATWG HTML, section 9.2) into deltas and one answer, whatever the vendor's events are. Where
 * the API has an end mark, a stream without it was cut off, even when it gave a finish reason: usage may be missing.
 */
export function readEventStream(
  context: ReaderContext,
  readEvent: ReadEvent,
  { endMark }: { endMark: boolean } = { endMark: true },
): StreamReader {
  // Keeps a character whose bytes lie in two chunks together.
  const decoder = new StringDecoder('utf8');
  const answer = buildAnswer(context);
  let broken: Failure | undefined;
  let done = false;

  const malformed = (what: string): void => {
    broken ??= failure('provider_malformed', `The provider's stream contains ${what}.`);
  };
  const parser = createParser({
    maxBufferSize: MAX_EVENT_UNITS,
    onEvent: ({ event, data }) => {
      if (broken || done) return;
      const said = readEvent({ name: event, data }, answer);
      answer.flush();
      if (said === 'end') done = true;
      else if (said === 'malformed') malformed('an event that is not of its API');
      else if (said) broken = said;
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') malformed('an event that does not end');
    },
  });

  return {
    get ended() {
      return done || broken !== undefined;
    },
    feed(bytes) {
      if (!done && !broken) parser.feed(decoder.write(bytes));
    },
    outcome() {
      // Some servers leave out the empty line after the last event.
      if (!done && !broken) parser.reset({ consume: true });
      const outcome = answer.outcome();
      const { used } = answer;
      if (broken) return failed(used ? { ...broken, used } : broken);
      return endMark && !done && outcome.ok
        ? failed({
            ...failure('provider_truncated', "The provider's stream ended without its end mark."),
            ...(used && { used }),
          })
        : outcome;
    },
  };
}
