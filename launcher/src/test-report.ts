import { relative } from 'node:path';
import type { EventData } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { repository } from './repository.ts';
import { paint, say, seconds } from './terminal.ts';

export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** The last line of every run, which scripts read: `12 passed, 0 failed`. */
export const tallyLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

type FileState = {
  /** Names of the suites and the test that is running, outermost first. */
  path: string[];
  output: string;
  readonly tally: { passed: number; failed: number; skipped: number };
  readonly failures: string[];
};

/** Prints a line for each file as it ends, then every failed test with its error. Returns the counts. */
export const reportTests = async (events: AsyncIterable<TestEvent>): Promise<Tally> => {
  const files = new Map<string, FileState>();
  const stateOf = (file = ''): FileState => {
    const known = files.get(file);
    if (known) return known;
    const state = { path: [], output: '', tally: { passed: 0, failed: 0, skipped: 0 }, failures: [] };
    files.set(file, state);
    return state;
  };
  for await (const { type, data } of events) {
    if (type === 'test:start') {
      const state = stateOf(data.file);
      state.path = [...state.path.slice(0, data.nesting), data.name];
    } else if (type === 'test:stdout' || type === 'test:stderr') stateOf(data.file).output += data.message;
    else if (type === 'test:pass') notePass(data, stateOf(data.file));
    else if (type === 'test:fail') noteFailure(data, stateOf(data.file));
    else if (type === 'test:summary' && data.file) printFile(data, stateOf(data.file));
  }
  for (const [file, { failures, output }] of files) {
    if (failures.length === 0) continue;
    say(`\n${paint('red', `✗ ${relative(repository, file)}`)}`);
    for (const failure of failures) say(failure);
    if (output.trim() !== '') say(`  its output\n${paint('dim', indent(output.trim()))}`);
  }
  const states = [...files.values()];
  const sum = (count: keyof Tally): number => states.reduce((total, { tally }) => total + tally[count], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
};

// A file without a test, or one that ends badly outside its tests, is reported as a test named after the file.
const isWholeFile = ({ name, file }: EventData.TestPass | EventData.TestFail): boolean => name === file;

const notePass = (data: EventData.TestPass, { tally, failures }: FileState): void => {
  if (isWholeFile(data)) {
    tally.failed += 1;
    failures.push('  no test in this file ran');
  } else if (data.details.type !== 'suite') {
    const left = data.skip !== undefined || data.todo !== undefined;
    tally[left ? 'skipped' : 'passed'] += 1;
  }
};

const noteFailure = (data: EventData.TestFail, { tally, failures, path }: FileState): void => {
  const { error } = data.details;
  // A suite fails with its tests, which count for themselves, or by a hook of its own.
  if ('failureType' in error && error.failureType === 'subtestsFailed') return;
  tally.failed += 1;
  const name = isWholeFile(data)
    ? 'outside its tests'
    : [...path.slice(0, data.nesting), data.name].join(' › ');
  failures.push(`  ${name}\n${indent(textOf(error))}`);
};

const textOf = (error: Error): string => {
  const cause = error.cause instanceof Error ? error.cause : error;
  const lines = (cause.stack ?? cause.message).split('\n');
  return lines.filter((line) => !/^\s+at .*(node:|\(<anonymous>\)$)/.test(line)).join('\n');
};

const printFile = ({ file = '', duration_ms }: EventData.TestSummary, { tally }: FileState): void => {
  const mark = tally.failed === 0 ? paint('green', '✓') : paint('red', '✗');
  const time = paint('dim', seconds(duration_ms));
  say(`${mark} ${relative(repository, file).padEnd(60)} ${tallyLine(tally)}  ${time}`);
};

const indent = (text: string): string => text.replaceAll(/^/gm, '    ');
