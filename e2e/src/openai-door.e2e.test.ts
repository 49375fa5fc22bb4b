import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Account, type Stack, startStack } from '@sluice/testing';
import OpenAI from 'openai';

let stack: Stack;
let account: Account;
let client: OpenAI;

before(async () => {
  stack = await startStack();
  account = await stack.register();
  client = clientOf(account.token);
});
after(() => stack?.stop());

/** The official package, unchanged; without its own retries, so that an error is seen as it was answered. */
const clientOf = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${stack.url}/v1`, maxRetries: 0 });

let made = 0;
/** A profile of the demo provider; returns its name. */
async function profile(model = 'demo', name = `profile-${++made}`, token = account.token): Promise<string> {
  const body = { name, provider: 'openai_compatible', model, apiKey: 'sk-demo', baseUrl: stack.providerUrl };
  const { status } = await stack.request('POST', '/api/ai-profiles', { token, body });
  assert.equal(status, 201);
  return name;
}
const messages = [{ role: 'user', content: 'What is a sluice?' }] as const;
const ask = (model: string) => ({ model, messages: [...messages] });
const jobOf = async (id: string | null) =>
  (await stack.request('GET', `/api/jobs/${id}`, { token: account.token })).body;
/** Waits for the event: the provider saw so many calls that were ended by who asked. */
const abortedCalls = async (key: string) => {
  const answer = await fetch(new URL(`/_calls?key=${key}&count=1&aborted=1`, stack.providerUrl));
  return (await answer.json()) as { count: number; aborted: number };
};

describe('a chat', () => {
  it('is answered as the API does, and names its job and its request', async () => {
    const model = await profile('demo?text=Hello+there');
    const { data, response, request_id } = await client.chat.completions
      .create({ ...ask(model), metadata: { scene: '7' } }, { headers: { 'x-request-id': 'my-request-7' } })
      .withResponse();
    const job = await jobOf(response.headers.get('x-sluice-job-id'));
    assert.equal(request_id, 'my-request-7');
    assert.equal(job.requestId, 'my-request-7');
    assert.deepEqual(job.metadata, { scene: '7' });
    assert.deepEqual(data, {
      id: `chatcmpl-${job.id}`,
      object: 'chat.completion',
      created: Math.floor(Date.parse(job.createdAt) / 1000),
      model: 'demo?text=Hello+there',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello there', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: data.usage,
    });
    assert.equal(data.usage?.total_tokens, job.result.usage.totalTokens);
  });

  it('is streamed: role, content, finish reason, usage, [DONE]', async () => {
    const model = await profile('demo?chunks=20&interval=5');
    const stream = await client.chat.completions.create({
      ...ask(model),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    assert.equal(chunks[0]?.choices[0]?.delta.role, 'assistant');
    const text = chunks.map(({ choices: [choice] }) => choice?.delta.content ?? '').join('');
    const job = await jobOf(chunks[0]?.id.replace('chatcmpl-', '') ?? null);
    assert.equal(text, job.result.text);
    assert.ok(chunks.length > 20);
    const [finish, usage] = chunks.slice(-2);
    assert.equal(finish?.choices[0]?.finish_reason, 'stop');
    assert.deepEqual(usage?.choices, []);
    assert.equal(usage?.usage?.total_tokens, job.result.usage.totalTokens);
    assert.equal(new Set(chunks.map(({ id, object, created }) => `${id} ${object} ${created}`)).size, 1);
  });

  it('has frames of nothing but data, and [DONE] at the end', async () => {
    const model = await profile('demo?chunks=3');
    const answer = await stack.raw('POST', '/v1/chat/completions', {
      token: account.token,
      body: { ...ask(model), stream: true },
    });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
    assert.ok(answer.headers.get('x-sluice-job-id') && answer.headers.get('x-request-id'));
    const frames = (await answer.text()).split('\n\n');
    assert.equal(frames.pop(), '');
    assert.equal(frames.pop(), 'data: [DONE]');
    for (const frame of frames) {
      assert.match(frame, /^data: \{[^\n]*\}$/);
      assert.equal('usage' in JSON.parse(frame.slice(6)), false);
    }
  });

  it('is put together by the helpers of the package', async () => {
    const model = await profile('demo?chunks=5');
    const runner = client.chat.completions.stream(ask(model));
    const seen: string[] = [];
    runner.on('content', (delta) => seen.push(delta));
    const completion = await runner.finalChatCompletion();
    assert.equal(completion.choices[0]?.message.content, seen.join(''));
  });
});
