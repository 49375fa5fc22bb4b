import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { findJson } from './decide-json.ts';

const first = (answer: string) => {
  const [found] = findJson(answer).found;
  return found && [found.source, found.value];
};

/** As JSON has them: no -0, which it writes as 0. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const container = fc
  .oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()))
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const written = (value: unknown, indent: number) => JSON.stringify(value, null, indent);
const indent = fc.constantFrom(0, 2);
/** Prose as models write it around JSON: with quotes, marks and line ends, its brackets closed. */
const prose = fc
  .array(
    fc.constantFrom(
      'Sure!',
      '"Quoted"',
      "it's",
      '\\',
      '\n',
      ':',
      ',',
      '(see {x})',
      '[source]',
      '1.',
      '`',
      '😀',
    ),
    { maxLength: 12 },
  )
  .map((words) => words.join(' '));

describe('the JSON of an answer', () => {
  test('any value that is the whole of it, with space around', () => {
    fc.assert(
      fc.property(json, indent, fc.constantFrom('', ' ', '\n\n', '\ufeff'), (value, spaces, around) => {
        assert.deepEqual(first(`${around}${written(value, spaces)}${around}`), ['whole', value]);
      }),
    );
  });

  test('any value in a code fence, with prose around', () => {
    const fence = fc.constantFrom(['```json', '```'], ['```', '```'], ['~~~', '~~~'], ['````JSON', '````']);
    fc.assert(
      fc.property(json, indent, fence, prose, prose, (value, spaces, [open, close], before, after) => {
        const answer = `${before}\n${open}\n${written(value, spaces)}\n${close}\n${after}`;
        assert.deepEqual(first(answer), ['fence', value]);
        assert.deepEqual(first(answer.replaceAll('\n', '\r\n')), ['fence', value]);
      }),
    );
  });

  test('any object or list in prose', () => {
    fc.assert(
      fc.property(container, indent, prose, prose, (value, spaces, before, after) => {
        const answer = `So: ${before} ${written(value, spaces)} ${after}.`;
        assert.deepEqual(first(answer), ['prose', value]);
      }),
      { numRuns: 500 },
    );
  });

  test('a document that is cut off anywhere gives nothing, least of all a part of it', () => {
    const nested = container.filter((value) => JSON.stringify(value).length > 2);
    fc.assert(
      fc.property(nested, indent, fc.nat(), (value, spaces, seed) => {
        const text = written(value, spaces);
        const cut = text.slice(0, 1 + (seed % (text.length - 1)));
        assert.deepEqual(findJson(`Here: ${cut}`).found, []);
        assert.deepEqual(findJson(cut).found, []);
      }),
      { numRuns: 500 },
    );
  });
});

for (const [name, answer, expected] of [
  ['strings with brackets, quotes and escapes', 'x {"a":"}]{\\"\\\\"} y', { a: '}]{"\\' }],
  ['a fence that nothing closes', '```json\n{"a":1}\n', { a: 1 }],
  ['a fence within a string', 'x\n```json\n{"md":"```js\\n1\\n```"}\n```', { md: '```js\n1\n```' }],
  ['a fence on one line', 'It is ```json {"a":1}```.', { a: 1 }],
  ['thoughts before it', '<think>Is it {x}? No, [y.</think>\n{"a":1}', { a: 1 }],
  ['a bracket of prose that nothing closes', 'An open { is this: {"a":1}', { a: 1 }],
  ['a document after a broken one', '{"a":1,} sorry: {"a":2}', { a: 2 }],
  ['a name that is no name', 'x {"__proto__":{"a":1}}', JSON.parse('{"__proto__":{"a":1}}')],
] as const) {
  test(`found: ${name}`, () => assert.deepEqual(first(answer)?.[1], expected));
}

for (const [name, answer] of [
  ['nothing', ''],
  ['prose', 'I cannot answer that.'],
  ['a part of a broken document', '{"a": oops, "b": {"c": 1}, "d": [{"e": 2}]}'],
  ['a part of one with names of JavaScript', '{a: {"c": 1}, \'b\': [1]}'],
  ['a list with a comma too many', '{"a":[{"b":1},]}'],
  ['numbers of prose', 'It is 42, or "43".'],
  ['what is too deep', `${'['.repeat(501)}${']'.repeat(501)}`],
] as const) {
  test(`not found: ${name}`, () => assert.deepEqual(findJson(answer).found, []));
}

test('several values are found in order, the fenced ones first, each once', () => {
  const { found } = findJson('Like {"n":1} or:\n```\n{"n":2}\n```\nand {"n":3}');
  assert.deepEqual(
    found.map(({ source, value }) => [source, value]),
    [
      ['fence', { n: 2 }],
      ['prose', { n: 1 }],
      ['prose', { n: 3 }],
    ],
  );
});

test('a long row of brackets is read in passes, not in squares', () => {
  for (const unit of ['[', '{', '["', '{"a":', '[{"', '[]', '{"[', '"[', '[1,', '\\"{']) {
    const { found } = findJson(`x ${unit.repeat(250_000 / unit.length)}`);
    assert.ok(found.length <= 8);
  }
});

test('of a long row of code fences the first hundred are tried, and empty ones are passed over', () => {
  const prose = '```\nno JSON\n```\n';
  const answer = '```\n{"a":1}\n```\n';
  const empty = '```\n\n```\n';
  assert.deepEqual(first(`${empty.repeat(5000)}${prose.repeat(99)}${answer}`), ['fence', { a: 1 }]);
  assert.notEqual(first(`${prose.repeat(100)}${answer}`)?.[0], 'fence');
});

// Each took from half a minute to hours, by one text or by the square of its length.
for (const [name, answer] of [
  ['fences', '```\n'.repeat(5_000_000)],
  ['fences with something in them', '```\nx\n```\n'.repeat(2_000_000)],
  ['a fence that never ends its line', `${'~'.repeat(10_000_000)}\``],
] as const) {
  test(`20 MB of ${name} are given up at once`, () => assert.deepEqual(findJson(answer).found, []));
}
