import { StringDecoder } from 'node:string_decoder';
import type { DeltaContent } from '@sluice/contracts';
import { createParser } from 'eventsource-parser';
import { type Failure, failure } from '../job/failure.ts';
import { type AnswerBuilder, buildAnswer } from './answer-builder.ts';
import { readWithin } from './answer-failures.ts';
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
const MAX_EVENT_UNITS = 16 * 1024 * 1024;

/** Lines that are no field of an event: each costs the parser an error with its stack. */
const MAX_STRAY_LINES = 1000;
const STRAYED = new Error('the stream is no event stream');

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
  const lines = unifyLines();
  const answer = buildAnswer(context);
  let broken: Failure | undefined;
  let done = false;
  let strayLines = 0;

  const malformed = (what: string): void => {
    broken ??= failure('provider_malformed', `The provider's stream contains ${what}.`);
  };
  const parser = createParser({
    maxBufferSize: MAX_EVENT_UNITS,
    onEvent: ({ event, data }) => {
      if (broken || done) return;
      const said = readWithin(
        () => readEvent({ name: event, data }, answer),
        () => 'malformed' as const,
      );
      answer.flush();
      if (said === 'end') done = true;
      else if (said === 'malformed') malformed('an event that is not of its API');
      else if (said) broken = said;
      if (answer.overfull) malformed('more tool calls or thoughts than any model makes');
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') malformed('an event that does not end');
      strayLines += 1;
      if (strayLines <= MAX_STRAY_LINES) return;
      malformed('lines that are not of an event stream');
      // The one way out of the parser in the middle of a chunk.
      throw STRAYED;
    },
  });
  const parse = (step: () => void): void => {
    if (done || broken) return;
    try {
      step();
    } catch (error) {
      if (error !== STRAYED) throw error;
    }
  };

  return {
    get ended() {
      return done || broken !== undefined;
    },
    feed(bytes) {
      parse(() => parser.feed(lines(decoder.write(bytes))));
    },
    outcome() {
      // Some servers leave out the empty line after the last event.
      parse(() => parser.reset({ consume: true }));
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

/**
 * Makes every end of a line an LF and leaves out a byte-order mark at the start: the parser looks for CR through all that is
 * left of a chunk again at every line, and takes the mark for a part of the first field.
 */
function unifyLines(): (text: string) => string {
  let begun = false;
  let afterCr = false;
  return (text) => {
    if (text === '') return text;
    let rest = !begun && text.startsWith('\uFEFF') ? text.slice(1) : text;
    begun = true;
    if (afterCr && rest.startsWith('\n')) rest = rest.slice(1);
    afterCr = text.endsWith('\r');
    return rest.includes('\r') ? rest.replaceAll(/\r\n?/g, '\n') : rest;
  };
}
