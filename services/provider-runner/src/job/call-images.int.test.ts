import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, afterEach, before, test } from 'node:test';
import { type CommandOf, objectOfFile, PAYLOADS_BUCKET } from '@sluice/contracts';
import { startDemoProvider } from '@sluice/demo-provider';
import { listObjects, openObject } from '@sluice/messaging';
import { startReplayServer } from '@sluice/testing';
import { answerOf } from '../testing/adapter-under-test.ts';
import { type Harness, PROVIDER_KEY, startHarness } from '../testing/runner-harness.ts';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const DATA_URI = `data:image/png;base64,${PNG.toString('base64')}`;

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
afterEach(() => harness.stopRunners());
after(() => harness.close());

function imageCommand(profile: string, input: Partial<NonNullable<CommandOf<'image'>['input']>> = {}) {
  const { input: _, ...command } = harness.command(profile, { maxAttempts: 1 });
  return { ...command, kind: 'image', input: { prompt: 'A fox', ...input } } as CommandOf<'image'>;
}
const run = async (command: CommandOf<'image'>) => harness.finished(await harness.request(command));
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('images are made where the profile says, with the key that it has for them, and stored under the job', async (t) => {
  await harness.runner();
  const provider = await startDemoProvider();
  t.after(() => provider.close());
  const image = { model: 'demo?key=own', baseUrl: provider.url, apiKey: 'image-key-0123456789' };
  const command = imageCommand(harness.profile({ model: 'demo?key=text', image }), { n: 2 });
  const { result, error } = await run(command);
  assert.ok(result?.images, JSON.stringify(error));
  assert.equal(provider.calls[0]?.keySha256, sha256(image.apiKey));
  assert.equal(harness.calls('text').length, 0);

  const objects = result.images.map(({ id }) => objectOfFile(harness.teamId, id));
  assert.equal(new Set(objects).size, 2);
  const kept = await listObjects(harness.nc, PAYLOADS_BUCKET, `${harness.teamId}/${command.jobId}/`);
  assert.deepEqual(kept.sort(), [...objects].sort());
  for (const object of objects) {
    const opened = await openObject(harness.nc, PAYLOADS_BUCKET, object ?? '');
    const [chunk] = await Readable.from(opened?.read() ?? []).toArray();
    assert.deepEqual(Buffer.from(chunk?.subarray(0, 8) ?? []), PNG);
  }
  assert.ok(!JSON.stringify(result).includes(new URL(provider.url).host));
});

test('without settings of its own for images a profile uses its text’s', async () => {
  await harness.runner();
  const { result } = await run(imageCommand(harness.profile({ model: 'demo?key=shared' })));
  assert.equal(result?.images?.length, 1);
  assert.equal(harness.calls('shared')[0]?.keySha256, sha256(PROVIDER_KEY));
});

test('what a provider gives that is no image, or where no image may be fetched, is an error and not stored', async (t) => {
  await harness.runner();
  const server = await startReplayServer();
  t.after(() => server.close());
  const profile = harness.profile({ model: 'm', baseUrl: server.url });
  const errorOf = async (data: object, before = 0) => {
    server.play(answerOf({ data: [{ b64_json: PNG.toString('base64') }, data] }));
    const command = imageCommand(profile, { n: 2 });
    const { result, error } = await run(command);
    assert.equal(result, undefined);
    const kept = await listObjects(harness.nc, PAYLOADS_BUCKET, `${harness.teamId}/${command.jobId}/`);
    assert.equal(kept.length, before);
    return `${error?.code}: ${error?.message}`;
  };
  const page = Buffer.from('<svg onload="alert(1)">').toString('base64');
  assert.match(await errorOf({ b64_json: page }), /^provider_malformed: Image 2 .* is no png/);
  assert.match(
    await errorOf({ url: 'https://169.254.169.254/a.png' }, 1),
    /^provider_malformed: Image 2 .* private/,
  );
  assert.match(
    await errorOf({ url: 'http://images.example/a.png' }, 1),
    /^provider_malformed: Image 2 .* https/,
  );
});

test('of more images than were asked for the rest is left, and each is stored before the next is fetched', async (t) => {
  await harness.runner();
  const server = await startReplayServer();
  t.after(() => server.close());
  const profile = harness.profile({ model: 'm', baseUrl: server.url });
  const data = Array.from({ length: 200 }, (_, image) => ({ url: `${server.url}/${image}.png` }));
  const png = { status: 200, headers: {}, pieces: [PNG] };
  server.play(answerOf({ data }), png);
  const { result } = await run(imageCommand(profile));
  assert.equal(result?.images?.length, 1);
  assert.deepEqual(
    server.requests.map(({ path }) => path),
    ['/v1/images/generations', '/0.png'],
  );
  server.play(answerOf({ data }), png, png, { ...png, status: 404 });
  const command = imageCommand(profile, { n: 4 });
  const { error } = await run(command);
  assert.match(error?.message ?? '', /^Image 3 .* answered 404/);
  const kept = await listObjects(harness.nc, PAYLOADS_BUCKET, `${harness.teamId}/${command.jobId}/`);
  assert.equal(kept.length, 2);
});

test('an input image must be one, and is fetched by the runner; the provider never sees its address', async (t) => {
  await harness.runner();
  const server = await startReplayServer();
  t.after(() => server.close());
  const profile = harness.profile({ model: 'm', baseUrl: server.url });
  server.play(answerOf({ data: [{ b64_json: PNG.toString('base64') }] }));
  const good = await run(imageCommand(profile, { images: [DATA_URI] }));
  assert.equal(good.status, 'completed', JSON.stringify(good.error));
  assert.equal(server.requests[0]?.path, '/v1/images/edits');
  const wrong = { images: [DATA_URI, 'data:image/png;base64,AAAA'] };
  const { error } = await run(imageCommand(profile, wrong));
  assert.equal(error?.code, 'provider_invalid_request');
  assert.match(error?.message ?? '', /images\.1 of the input is no png/);
  const { error: privately } = await run(imageCommand(profile, { images: ['https://127.0.0.2/a.png'] }));
  assert.match(privately?.message ?? '', /images\.0 of the input is at an address that is a private/);
  assert.equal(server.requests.length, 1);
});

test('a key that a provider repeats is not shown', async (t) => {
  await harness.runner();
  const server = await startReplayServer();
  t.after(() => server.close());
  const profile = harness.profile({ model: 'm', baseUrl: server.url });
  const image = { b64_json: PNG.toString('base64'), revised_prompt: `with ${PROVIDER_KEY}` };
  server.play(answerOf({ data: [image] }));
  const { result } = await run(imageCommand(profile));
  assert.equal(result?.images?.[0]?.revisedPrompt, 'with [redacted]');
});

test('a stored input that its kind does not take ends the job as malformed', async () => {
  await harness.runner();
  const { input: _, ...command } = imageCommand(harness.profile({ model: 'demo' }));
  const inputRef = await harness.store(Buffer.from('{"input":["a"]}'));
  const { error } = await run({ ...command, inputRef });
  assert.equal(error?.code, 'malformed');
});
