import type { Structured } from '@sluice/contracts';
import { closingEnd, isTooDeep, jsonEnd, MAX_DEPTH } from './decide-json-end.ts';

/** A JSON value that an answer holds, as it was written and as it is. */
export type FoundJson = {
  readonly source: Exclude<Structured['source'], 'repair'>;
  readonly text: string;
  readonly value: unknown;
};

/** How many values of one answer are tried: a model shows a draft or an example before its answer, not a dozen. */
const MAX_FOUND = 8;
/** Fenced blocks that are tried: each that is no JSON costs an Error, 3 µs of the one thread there is (measured). */
const MAX_FENCES = 100;
/** Fenced blocks that are looked at, empty ones among them. */
const MAX_BLOCKS = 10_000;
/** Brackets of prose that nothing closes, before a text is no longer searched: each costs a look at all of it. */
const MAX_UNCLOSED = 16;
/** A longer text is JSON, or holds it in a fence, or is not searched. In UTF-16 units. */
const MAX_PROSE = 256 * 1024;
/** A line that opens or closes a fenced block (CommonMark 0.31, section 4.5); an open one goes on to the end. */
// A fence that could be taken for a shorter one would be read once for each length.
const FENCES = /^ {0,3}(`{3,}(?!`)|~{3,}(?!~))[^\n`]*\n([\s\S]*?)(?:^ {0,3}\1[`~]* *\r?$|(?![\s\S]))/gm;

/**
 * The JSON values of an answer, the likeliest first: the whole of it; else what code fences hold; then the objects and
 * lists that stand in prose. Nothing is taken from within a document that is broken: a part of it is not the answer.
 * `fault` says why there is none.
 */
export function findJson(answer: string): { found: readonly FoundJson[]; fault: string } {
  const text = answer.trim();
  const whole = parsed(text);
  if ('value' in whole) return { found: [{ source: 'whole', text, value: whole.value }], fault: '' };
  const found: FoundJson[] = [];
  const add = (source: FoundJson['source'], part: string): void => {
    if (found.length >= MAX_FOUND || found.some((one) => one.text === part)) return;
    const read = parsed(part);
    if ('value' in read) found.push({ source, text: part, value: read.value });
  };
  for (const block of fencedBlocks(text)) add('fence', block);
  for (const part of text.length > MAX_PROSE ? [] : jsonInProse(text)) {
    if (found.length >= MAX_FOUND) break;
    add('prose', part);
  }
  return { found, fault: whole.fault };
}

function* fencedBlocks(text: string): Generator<string> {
  let seen = 0;
  let given = 0;
  for (const [, , inside = ''] of text.matchAll(FENCES)) {
    const block = inside.trim();
    if (block !== '') {
      yield block;
      given += 1;
    }
    seen += 1;
    if (given === MAX_FENCES || seen === MAX_BLOCKS) return;
  }
}

function* jsonInProse(text: string): Generator<string> {
  let unclosed = 0;
  for (let at = nextBracket(text, 0); at >= 0 && unclosed < MAX_UNCLOSED; ) {
    const container = jsonEnd(text, at);
    if (container.end !== null) {
      yield text.slice(at, container.end);
      at = nextBracket(text, container.end);
      continue;
    }
    const closed = closingEnd(text, at);
    if (closed === null && container.kind === 'broken') return;
    if (closed === null) unclosed += 1;
    at = nextBracket(text, closed ?? at + 1);
  }
}

function nextBracket(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '{' || text[at] === '[') return at;
  }
  return -1;
}

function parsed(text: string): { value: unknown } | { fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { fault: `is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  return isTooDeep(text) ? { fault: `goes deeper than ${MAX_DEPTH} levels` } : { value };
}
