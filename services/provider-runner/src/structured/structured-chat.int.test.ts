import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { CommandOf, Finished } from '@sluice/contracts';
import { type Harness, startHarness } from '../testing/runner-harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
afterEach(() => harness.stopRunners());
after(() => harness.close());

const schema = {
  type: 'object',
  required: ['city', 'population'],
  additionalProperties: false,
  properties: { city: { type: 'string' }, population: { type: 'integer' } },
};
const format = { type: 'json_schema', name: 'city', schema } as const;
const fits = '{"city":"Bern","population":134794}';
const city = JSON.parse(fits);

type Format = NonNullable<CommandOf<'chat'>['input']>['responseFormat'];

async function ask(
  script: Record<string, string | number>,
  responseFormat: Format = format,
  more: Partial<CommandOf<'chat'>> = {},
): Promise<Finished> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(script)) query.set(name, String(value));
  const profile = harness.profile({ model: `demo?${query}` });
  const input = { messages: [{ role: 'user' as const, content: 'Name a city as JSON' }], responseFormat };
  const jobId = await harness.request(harness.command(profile, { input, ...more }));
  return harness.finished(jobId);
}

for (const [source, text] of [
  ['whole', fits],
  ['fence', `Here it is:\n\`\`\`json\n${fits}\n\`\`\`\nAnything else?`],
  ['prose', `Not {"city":1}, but ${fits}.`],
] as const) {
  test(`an answer that fits is a value, wherever it stands: ${source}`, async () => {
    await harness.runner();
    const { status, result } = await ask({ text, key: source });
    assert.equal(status, 'completed');
    assert.deepEqual(result?.json, city);
    assert.deepEqual(result?.structured, { source, responseFormat: 'native' });
    assert.equal(result?.text, text);
    assert.equal(harness.calls(source).length, 1);
  });
}

test('what does not fit is corrected by one call that sees the answer and its faults; usage is of both', async () => {
  await harness.runner();
  const text = '{"city":"Bern","population":"many","river":"Aare"}';
  const { result } = await ask({ key: 'repair', text, times: 1, later: fits });
  assert.deepEqual(result?.json, city);
  assert.deepEqual(result?.structured, { source: 'repair', responseFormat: 'native' });
  assert.equal(result?.text, text);
  const [first, second, ...more] = harness.calls('repair');
  assert.equal(more.length, 0);
  const messagesOf = (call: typeof first) =>
    (call?.body as { messages: { content: string }[] } | undefined)?.messages ?? [];
  const [answer, wish] = messagesOf(second).slice(-2);
  assert.equal(answer?.content, text);
  assert.match(wish?.content ?? '', /must NOT have additional properties: "river"/);
  assert.match(wish?.content ?? '', /- population: must be integer/);
  const words = (call: typeof first) =>
    messagesOf(call).reduce((sum, { content }) => sum + content.split(/\s+/).length, 0);
  assert.equal(result?.usage?.inputTokens, words(first) + words(second));
  assert.equal(result?.usage?.outputTokens, 2);
});

test('a stream shows the first answer alone; the corrected value comes with the end', async () => {
  await harness.runner();
  const text = 'I think that it is Bern.';
  const profile = harness.profile({
    model: `demo?${new URLSearchParams({ text, times: '1', later: fits })}`,
  });
  const input = { messages: [{ role: 'user' as const, content: 'A city' }], responseFormat: format };
  const jobId = await harness.request(harness.command(profile, { input, stream: true }));
  const { result, lastIndex } = await harness.finished(jobId);
  assert.deepEqual(result?.json, city);
  assert.equal(result?.text, text);
  const deltas = (await harness.pieces(jobId)).flatMap((piece) => piece.deltas);
  assert.equal(deltas.map((delta) => delta.text).join(''), text);
  assert.equal(lastIndex, deltas.length - 1);
});

test('an answer that never fits ends the job, with its text and its faults, and is not tried again', async () => {
  await harness.runner();
  const text = '{"city":7,"population":1}';
  const { status, result, error, run } = await ask({ key: 'never', text });
  assert.deepEqual([status, result, run?.number], ['failed', undefined, 1]);
  assert.deepEqual(
    [error?.code, error?.retryable, error?.text, error?.details],
    ['output_invalid', false, text, [{ path: 'city', message: 'must be string' }]],
  );
  assert.match(error?.message ?? '', /city must be string.*was asked to correct it/);
  assert.equal(harness.calls('never').length, 2);
});

test('what was cut off at the token limit says so, and is not asked for again', async () => {
  await harness.runner();
  const { error } = await ask({ key: 'length', text: '{"city":"Be', finish: 'length' });
  assert.equal(error?.code, 'output_invalid');
  assert.match(error?.message ?? '', /token limit.*maxTokens/);
  assert.equal(error?.text, '{"city":"Be');
  assert.equal(harness.calls('length').length, 1);
});

test('a filtered answer is completed, without a value', async () => {
  await harness.runner();
  const { status, result } = await ask({ text: 'I can', finish: 'content_filter' });
  assert.deepEqual([status, result?.json, result?.structured], ['completed', null, undefined]);
});

test('json_object asks for an object, whatever is in it', async () => {
  await harness.runner();
  const given = await ask({ text: 'See [1]: {"a":[1]}' }, { type: 'json_object' });
  assert.deepEqual([given.result?.json, given.result?.structured?.source], [{ a: [1] }, 'prose']);
  const list = await ask({ text: '[1,2]' }, { type: 'json_object' });
  assert.deepEqual(list.error?.details, [{ path: '', message: 'must be a JSON object' }]);
});

test('a format of text asks for nothing', async () => {
  await harness.runner();
  const { result } = await ask({ text: 'Bern' }, { type: 'text' });
  assert.deepEqual([result?.text, result?.json, result?.structured], ['Bern', null, undefined]);
});

test('a pattern that backtracks ends its own job, and the runner goes on', async () => {
  await harness.runner();
  const hostile = { ...format, schema: { type: 'string', pattern: '^(a+)+$' } };
  const text = JSON.stringify(`${'a'.repeat(60)}!`);
  const [stuck, other] = await Promise.all([ask({ text, key: 'slow' }, hostile), ask({ text: fits })]);
  assert.equal(stuck.error?.code, 'output_invalid');
  assert.match(stuck.error?.message ?? '', /could not be checked.*longer than/);
  assert.equal(harness.calls('slow').length, 1);
  assert.equal(other.status, 'completed');
});

test('a schema that does not compile ends the job before anything is paid for', async () => {
  await harness.runner();
  const { error } = await ask({ key: 'unusable' }, { ...format, schema: { $ref: '#/$defs/none' } });
  assert.equal(error?.code, 'malformed');
  assert.equal(harness.calls('unusable').length, 0);
});

test('a long answer is kept to 64 KB, and no key is in it', async () => {
  await harness.runner();
  const { error } = await ask({ size: 200_000 });
  assert.equal(error?.code, 'output_invalid');
  assert.equal(error?.text?.length, 64 * 1024);
});
