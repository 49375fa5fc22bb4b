import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Account, type Stack, startStack } from '@sluice/testing';

const PNG = '89504e470d0a1a0a';
type Image = { id: string; url: string; mimeType: string; revisedPrompt?: string };

let stack: Stack;
let account: Account;
before(async () => {
  stack = await startStack();
  account = await stack.register();
});
after(() => stack?.stop());

const post = (body: object, headers: Record<string, string> = { prefer: 'wait=20' }) =>
  stack.request('POST', '/api/jobs', { token: account.token, body, headers });
const get = (path: string, token = account.token, headers: Record<string, string> = {}) =>
  stack.raw('GET', path, { token, headers });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('a job of kind image', () => {
  const input = { prompt: 'A fox in the snow', n: 2, size: '1024x1024' };
  let job: { id: string; result: { images: Image[] } };

  it('ends with images that the gateway serves; the provider’s addresses are nowhere', async () => {
    const aiProfileId = await stack.createProfile(account.token, 'demo?key=images');
    const answer = await post({ kind: 'image', input, aiProfileId });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(answer.body.kind, 'image');
    assert.equal(answer.body.status, 'completed', JSON.stringify(answer.body.error));
    job = answer.body;
    const { images, text, finishReason, toolCalls } = answer.body.result;
    assert.deepEqual([text, finishReason, toolCalls], ['', 'stop', []]);
    assert.deepEqual(
      images.map(({ url, mimeType, revisedPrompt }: Image) => [url, mimeType, revisedPrompt]),
      images.map(({ id }: Image, index: number) => [
        `/api/files/${id}`,
        'image/png',
        `${input.prompt} (${index + 1})`,
      ]),
    );
    assert.equal(images.length, 2);
    const port = new URL(stack.provider?.url ?? '').port;
    assert.ok(port !== '' && !JSON.stringify(answer.body).includes(`:${port}`));

    const served = await Promise.all(images.map(({ url }: Image) => get(url)));
    const bodies = await Promise.all(served.map(bytesOf));
    for (const body of bodies) assert.equal(body.subarray(0, 8).toString('hex'), PNG);
    assert.notDeepEqual(bodies[0], bodies[1]);
    const { calls } = await stack.providerCalls('images');
    assert.deepEqual(
      calls.map(({ body }) => body),
      [{ model: 'demo?key=images', ...input }],
    );
  });

  it('has its images served as pictures and as nothing else, again only when they changed', async () => {
    const [image] = job.result.images;
    assert.ok(image);
    const response = await get(image.url);
    assert.equal(response.status, 200);
    const body = await bytesOf(response);
    const header = (name: string) => response.headers.get(name);
    assert.equal(header('content-type'), 'image/png');
    assert.equal(header('content-length'), String(body.length));
    assert.equal(header('content-disposition'), 'inline');
    assert.equal(header('x-content-type-options'), 'nosniff');
    assert.match(header('content-security-policy') ?? '', /(^|;)\s*sandbox\s*(;|$)/);
    const etag = header('etag') ?? '';
    assert.match(etag, /^"[\w-]{43}=?"$/);
    const again = await get(image.url, account.token, { 'if-none-match': `"other", W/${etag}` });
    assert.equal(again.status, 304);
    assert.equal((await bytesOf(again)).length, 0);
    const other = await get(image.url, account.token, { 'if-none-match': '"other"' });
    assert.equal(other.status, 200);
  });

  it('has images that no other team can see, nor anybody without a token', async () => {
    const [image] = job.result.images;
    assert.ok(image);
    const stranger = await stack.register();
    assert.equal((await get(image.url, stranger.token)).status, 404);
    assert.equal((await stack.raw('GET', image.url)).status, 401);
    for (const id of ['x', `${job.id}-${'a'.repeat(26)}`, `..%2F${image.id}`]) {
      assert.equal((await get(`/api/files/${id}`)).status, 404, id);
    }
  });

  it('is one job however often it is asked for under one key', async () => {
    const aiProfileId = await stack.createProfile(account.token, 'demo?key=images-once');
    const headers = { prefer: 'wait=20', 'idempotency-key': 'fox-1' };
    const first = await post({ kind: 'image', input: { prompt: 'A fox' }, aiProfileId }, headers);
    const again = await post({ kind: 'image', input: { prompt: 'A fox' }, aiProfileId }, headers);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.deepEqual(again.body.result.images, first.body.result.images);
    const other = await post({ kind: 'image', input: { prompt: 'A bear' }, aiProfileId }, headers);
    assert.deepEqual([other.status, other.body.code], [422, 'idempotency_conflict']);
    assert.equal((await stack.providerCalls('images-once')).count, 1);
  });

  it('is watched as a chat is', async () => {
    const aiProfileId = await stack.createProfile(account.token);
    const body = { kind: 'image', input: { prompt: 'A fox' }, aiProfileId, stream: true };
    const names: string[] = [];
    let last: unknown;
    for await (const event of stack.events('POST', '/api/jobs', { token: account.token, body })) {
      names.push(event.event);
      last = event.data;
    }
    assert.deepEqual(names, ['requested', 'started', 'finished']);
    assert.equal((last as { result: { images: Image[] } }).result.images.length, 1);
  });
});

describe('a job of kind embedding', () => {
  it('ends with a vector for each text, in their order', async () => {
    const aiProfileId = await stack.createProfile(account.token);
    const embed = async (input: string[]) => {
      const answer = await post({ kind: 'embedding', input: { input, dimensions: 4 }, aiProfileId });
      assert.equal(answer.body.status, 'completed', JSON.stringify(answer.body));
      return answer.body.result;
    };
    const { embeddings, usage } = await embed(['one', 'two words', 'one']);
    assert.deepEqual(
      embeddings.map((vector: number[]) => vector.length),
      [4, 4, 4],
    );
    assert.deepEqual(embeddings[0], embeddings[2]);
    assert.deepEqual((await embed(['two words'])).embeddings, [embeddings[1]]);
    assert.equal(usage.inputTokens, 4);
  });

  it('carries thousands of numbers, which is more than a message', async () => {
    const aiProfileId = await stack.createProfile(account.token);
    const input = Array.from({ length: 300 }, (_, index) => `text ${index}`);
    const { body } = await post({ kind: 'embedding', input: { input, dimensions: 256 }, aiProfileId });
    assert.equal(body.result?.embeddings.length, 300, JSON.stringify(body.error));
    const { body: read } = await stack.request('GET', `/api/jobs/${body.id}`, { token: account.token });
    assert.deepEqual(read.result.embeddings, body.result.embeddings);
  });
});

it('what a kind does not take is refused before there is a job', async () => {
  const aiProfileId = await stack.createProfile(account.token);
  const refused = async (body: object, path: string) => {
    const answer = await post({ aiProfileId, ...body });
    assert.equal(answer.status, 422, JSON.stringify(answer.body));
    assert.equal(answer.body.details[0].path, path);
  };
  await refused({ kind: 'poem', input: {} }, 'kind');
  await refused({ kind: 'image', input: { input: ['a'] } }, 'input.prompt');
  await refused({ kind: 'embedding', input: { input: ['a'] }, priority: 'batch' }, 'priority');
  const foreign = await post({ kind: 'embedding', input: { input: ['a'] }, aiProfileId: 'nobody' });
  assert.equal(foreign.status, 404);
});

it('what the provider refuses is the job’s error, and what it cannot do is said', async () => {
  const refusing = await stack.createProfile(account.token, 'demo?status=400');
  const refused = await post({ kind: 'image', input: { prompt: 'a' }, aiProfileId: refusing });
  assert.equal(refused.body.error.code, 'provider_invalid_request');
  const made = await stack.request('POST', '/api/ai-profiles', {
    token: account.token,
    body: { name: 'claude', provider: 'anthropic', model: 'claude', apiKey: 'sk-ant-0123456789' },
  });
  const unable = await post({ kind: 'image', input: { prompt: 'a' }, aiProfileId: made.body.id });
  assert.equal(unable.body.error.code, 'provider_invalid_request');
  assert.match(unable.body.error.message, /anthropic cannot make images/);
});
