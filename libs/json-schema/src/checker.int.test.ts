import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { AppError } from '@sluice/contracts';
import { createSchemaChecker } from './index.ts';

const TEAM = 'team';
const checker = createSchemaChecker({ boundMs: 1000 });
after(() => checker.close());

const person = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['name', 'tags'],
  additionalProperties: false,
  properties: {
    name: { type: 'string' },
    born: { type: 'string', format: 'date' },
    tags: { type: 'array', prefixItems: [{ enum: ['a', 'b'] }], items: { $ref: '#/$defs/tag' } },
  },
  $defs: { tag: { type: 'string', minLength: 2 } },
};

test('what fits, fits; what does not is listed by path', async () => {
  assert.equal(await checker.refusal(TEAM, person), null);
  assert.deepEqual(
    await checker.check(TEAM, person, '{"name":"Ada","tags":["a","bc"],"born":"1815-12-10"}'),
    {
      outcome: 'fits',
    },
  );
  const verdict = await checker.check(TEAM, person, '{"born":"yesterday","tags":["c","x"],"more/less":1}');
  assert.deepEqual(verdict, {
    outcome: 'misfit',
    faults: [
      { path: '', message: "must have required property 'name'" },
      { path: '', message: 'must NOT have additional properties: "more/less"' },
      { path: 'born', message: 'must match format "date"' },
      { path: 'tags.0', message: 'must be equal to one of the allowed values: ["a","b"]' },
      { path: 'tags.1', message: 'must NOT have fewer than 2 characters' },
    ],
  });
});

test('a property is only there when the document has it', async () => {
  const schema = { type: 'object', required: ['constructor'] };
  assert.equal((await checker.check(TEAM, schema, '{}')).outcome, 'misfit');
  assert.equal((await checker.check(TEAM, schema, '{"constructor":1}')).outcome, 'fits');
});

test('a verdict is never a promise', async () => {
  const schema = { $async: true, type: 'object', required: ['name'] };
  assert.equal(await checker.refusal(TEAM, schema), null);
  assert.equal((await checker.check(TEAM, schema, '{}')).outcome, 'misfit');
  assert.equal((await checker.check(TEAM, schema, '{"name":1}')).outcome, 'fits');
});

test('a schema that follows a document to its end is taken', async () => {
  const tree = { type: 'object', properties: { next: { $ref: '#' } }, additionalProperties: false };
  assert.equal(await checker.refusal(TEAM, tree), null);
  assert.equal((await checker.check(TEAM, tree, '{"next":{"next":{}}}')).outcome, 'fits');
});

test('names and values of a document are shown by their beginning', async () => {
  const schema = { additionalProperties: { type: 'string' }, propertyNames: { maxLength: 3 } };
  const verdict = await checker.check(TEAM, schema, JSON.stringify({ ['n'.repeat(100_000)]: 1 }));
  assert.ok(verdict.outcome === 'misfit');
  assert.ok(verdict.faults.some(({ path }) => path === `${'n'.repeat(300)}…`));
  for (const { path, message } of verdict.faults) assert.ok(path.length <= 301 && message.length <= 301);
});

test('at most twenty faults are listed', async () => {
  const verdict = await checker.check(
    TEAM,
    { items: { type: 'string' } },
    JSON.stringify(Array(500).fill(1)),
  );
  assert.equal(verdict.outcome === 'misfit' && verdict.faults.length, 20);
});

for (const [name, schema, reason] of [
  ['an unknown type', { properties: { a: { type: 'objekt' } } }, /properties\.a\.type/],
  ['a reference to another place', { $ref: 'https://example.com/person.json' }, /can't resolve reference/],
  ['a reference to nothing', { $ref: '#/$defs/none' }, /can't resolve reference/],
  ['a pattern that is none', { pattern: '(' }, /Invalid regular expression/],
  ['a draft that nobody knows', { $schema: 'https://example.com/draft' }, /\$schema must be/],
  ['one that is only itself', { $ref: '#' }, /cannot be applied to anything: Maximum call stack/],
  [
    'one that is dynamically only itself',
    { $dynamicAnchor: 'it', $dynamicRef: '#it' },
    /cannot be applied to anything: Maximum call stack/,
  ],
  [
    'objects that are themselves',
    { anyOf: [{ not: { type: 'object' } }, { $ref: '#' }] },
    /cannot be applied/,
  ],
  ['promises within', { properties: { a: { $async: true, type: 'string' } } }, /async schema/],
  ['promises by reference', { $ref: '#/$defs/a', $defs: { a: { $async: true } } }, /async schema/],
  ["draft-07's list of items", { items: [{ type: 'string' }] }, /items/],
  ['a schema of more than 256 KB', { description: 'x'.repeat(256 * 1024) }, /262144 are possible/],
] as const) {
  test(`refused, with its reason: ${name}`, async () => {
    assert.match((await checker.refusal(TEAM, schema)) ?? 'was taken', reason);
    assert.match((await checker.refusal(TEAM, schema)) ?? 'was taken', reason);
  });
}

test("schemas do not see each other's ids", async () => {
  const named = (type: string) => ({
    $id: 'https://example.com/thing',
    type: 'object',
    properties: { inner: { $id: 'https://example.com/inner', type } },
  });
  assert.equal(await checker.refusal(TEAM, named('string')), null);
  assert.equal(await checker.refusal(TEAM, named('number')), null);
  assert.equal((await checker.check(TEAM, named('number'), '{"inner":1}')).outcome, 'fits');
  assert.equal((await checker.check(TEAM, named('string'), '{"inner":1}')).outcome, 'misfit');
  assert.match((await checker.refusal(TEAM, { $ref: 'https://example.com/inner' })) ?? '', /can't resolve/);
});

test("draft-07's name for the schema is taken, as generators still write it", async () => {
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'string' };
  assert.equal(await checker.refusal(TEAM, schema), null);
});

test('a pattern that backtracks without end costs its bound, and the checks after it are done', async () => {
  const hostile = { type: 'string', pattern: '^(a+)+$' };
  assert.equal(await checker.refusal(TEAM, hostile), null);
  const document = JSON.stringify(`${'a'.repeat(60)}!`);
  const both = await Promise.all([
    checker.check(TEAM, hostile, document),
    checker.check(TEAM, { type: 'number' }, '1'),
    checker.check(TEAM, { ...hostile, title: 'again' }, document),
    checker.check(TEAM, { type: 'number' }, '"1"'),
  ]);
  assert.deepEqual(
    both.map(({ outcome }) => outcome),
    ['unchecked', 'fits', 'unchecked', 'misfit'],
  );
  const again = await checker.check(TEAM, hostile, '"aaa"');
  assert.deepEqual(again, { outcome: 'unchecked', reason: 'checking it takes longer than 1000 ms' });
});

test('a schema that explodes is refused', async () => {
  let inner: object = { type: 'string' };
  for (let level = 0; level < 8; level += 1) inner = { allOf: Array(3).fill(inner) };
  const bounded = createSchemaChecker({ threads: 1, boundMs: 1 });
  assert.match((await bounded.refusal(TEAM, { anyOf: Array(200).fill({ oneOf: [inner] }) })) ?? '', /bytes/);
  assert.match(
    (await bounded.refusal(TEAM, { oneOf: Array(4000).fill({ required: ['a'] }) })) ?? '',
    /longer than/,
  );
  await bounded.close();
});

test('a document that is nested without end, by a schema that follows it, is not checked', async () => {
  const schema = { $defs: { list: { items: { $ref: '#/$defs/list' } } }, $ref: '#/$defs/list' };
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  assert.equal((await checker.check(TEAM, schema, deep)).outcome, 'unchecked');
  assert.equal((await checker.check(TEAM, { type: 'string' }, '"still here"')).outcome, 'fits');
});

test('names and values of a schema are never run', async () => {
  const names = { properties: { '"];process.exit(1);//': { const: '`+process.env.HOME+`' } } };
  assert.equal(await checker.refusal(TEAM, names), null);
  assert.equal((await checker.check(TEAM, names, '{"\\"];process.exit(1);//":1}')).outcome, 'misfit');
});

/** Compiles at once, and checks `SLOW` for its whole bound. */
const slow = (title: number) => ({ type: 'string', pattern: '^(a+)+$', title: `${title}` });
const SLOW = JSON.stringify(`${'a'.repeat(60)}!`);

test("one group's slow checks delay another's by one turn, not by all of them", async () => {
  const shared = createSchemaChecker({ threads: 1, boundMs: 300 });
  const ended: string[] = [];
  const theirs = Array.from({ length: 6 }, (_, index) =>
    shared.check('slow', slow(index), SLOW).then(() => ended.push('slow')),
  );
  const ours = shared.check('quick', { type: 'number' }, '1').then(({ outcome }) => ended.push(outcome));
  await Promise.all([...theirs, ours]);
  assert.deepEqual(ended, ['slow', 'fits', ...Array(5).fill('slow')]);
  await shared.close();
});

test('a group that has too many waiting is told to come back, and others are served', async () => {
  const shared = createSchemaChecker({ threads: 1, boundMs: 300, waitingPerGroup: 3 });
  const theirs = Array.from({ length: 3 }, (_, index) => shared.check('slow', slow(index), SLOW));
  await assert.rejects(shared.refusal('slow', { type: 'null' }), (error) => {
    assert.ok(error instanceof AppError);
    assert.deepEqual([error.code, error.retryAfterMs], ['rate_limited', 2000]);
    return true;
  });
  assert.equal((await shared.check('slow', { type: 'null' }, 'null')).outcome, 'busy');
  assert.equal(await shared.refusal('quick', { type: 'null' }), null);
  await Promise.all(theirs);
  assert.equal(await shared.refusal('slow', { type: 'boolean' }), null);
  await shared.close();
});

test('a turn that does not come in time is not waited for', async () => {
  const shared = createSchemaChecker({ threads: 1, boundMs: 1500, waitMs: 500 });
  await shared.check('quick', { type: 'number' }, '1');
  const theirs = shared.check('slow', slow(0), SLOW);
  await assert.rejects(
    shared.refusal('quick', { type: 'null' }),
    (error) => error instanceof AppError && error.code === 'unavailable',
  );
  await theirs;
  assert.equal(await shared.refusal('quick', { type: 'null' }), null);
  await shared.close();
});

test('many calls with one new schema are one check', async () => {
  const shared = createSchemaChecker({ waitingPerGroup: 1 });
  const refusals = await Promise.all(Array.from({ length: 50 }, () => shared.refusal(TEAM, person)));
  assert.deepEqual(refusals, Array(50).fill(null));
  await shared.close();
});
