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

describe('a conversation', () => {
  /** What the provider was sent, by the label of its model. */
  const sent = async (key: string) => {
    const { calls } = await stack.providerCalls(key);
    return calls[0]?.body as Record<string, unknown>;
  };

  it('goes to the provider as it was sent: tools, results, images, format, parameters', async () => {
    const model = await profile('demo?key=as-sent');
    const png = `data:image/png;base64,${Buffer.from('a picture').toString('base64')}`;
    const conversation: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'developer', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: png, detail: 'low' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at": 1}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'A gate.' },
    ];
    const parameters = { type: 'object', properties: { at: { type: 'number' } } };
    await client.chat.completions
      .create({
        model,
        messages: conversation,
        tools: [{ type: 'function', function: { name: 'look', description: 'Looks', parameters } }],
        tool_choice: { type: 'function', function: { name: 'look' } },
        response_format: { type: 'json_object' },
        temperature: 0.2,
        top_p: 0.9,
        max_completion_tokens: 77,
        stop: 'END',
        seed: 7,
        presence_penalty: 0.1,
        frequency_penalty: 0.3,
        user: 'ada',
      })
      .catch((error: unknown) => {
        // The demo provider's text is no JSON: the job fails, after it was asked.
        assert.ok(error instanceof OpenAI.InternalServerError && error.code === 'output_invalid');
      });
    const body = await sent('as-sent');
    // A format is asked for in words as well.
    const [developer, user, assistant, tool] = (body['messages'] as object[]).slice(-4);
    assert.deepEqual(developer, { role: 'system', content: 'Be brief.' });
    assert.deepEqual(
      (user as { content: { image_url?: { url: string } }[] }).content.map((part) => part.image_url?.url),
      [undefined, png, 'https://example.com/a.png'],
    );
    assert.deepEqual(assistant, conversation[2]);
    assert.deepEqual(tool, conversation[3]);
    assert.deepEqual(body['tools'], [
      { type: 'function', function: { name: 'look', description: 'Looks', parameters } },
    ]);
    assert.deepEqual(body['tool_choice'], { type: 'function', function: { name: 'look' } });
    assert.deepEqual(body['response_format'], { type: 'json_object' });
    const names = [
      'temperature',
      'top_p',
      'max_tokens',
      'stop',
      'seed',
      'presence_penalty',
      'frequency_penalty',
    ];
    assert.deepEqual(
      names.map((name) => body[name]),
      [0.2, 0.9, 77, ['END'], 7, 0.1, 0.3],
    );
  });

  it('asks the model that follows the name of the profile', async () => {
    const name = await profile('demo?text=own', 'my/profile');
    const own = await client.chat.completions.create(ask(name));
    assert.equal(own.choices[0]?.message.content, 'own');
    const other = await client.chat.completions.create(ask(`${name}/demo?text=other`));
    assert.equal(other.choices[0]?.message.content, 'other');
    assert.equal(other.model, 'demo?text=other');
  });

  it('gives JSON without what stands around it where a format was asked for', async () => {
    const fenced = '```json\n{"gate": "open"}\n```';
    const model = await profile(`demo?text=${encodeURIComponent(fenced)}`);
    const answer = await client.chat.completions.create({
      ...ask(model),
      response_format: { type: 'json_object' },
    });
    assert.deepEqual(JSON.parse(answer.choices[0]?.message.content ?? ''), { gate: 'open' });
  });

  it('of more than /api takes is bounded by the body alone', async () => {
    const model = await profile('demo?text=long');
    const content = 'ä'.repeat(1_000_000);
    const answer = await client.chat.completions.create({ model, messages: [{ role: 'user', content }] });
    assert.equal(answer.choices[0]?.message.content, 'long');
  });

  it('is one job under one idempotency key, whole and streamed', async () => {
    const model = await profile('demo?key=door-once');
    const options = { headers: { 'idempotency-key': 'door-1' } };
    const first = await client.chat.completions.create(ask(model), options);
    const again = await client.chat.completions.create(ask(model), options).withResponse();
    assert.deepEqual(again.data, first);
    assert.equal(again.response.headers.get('idempotent-replayed'), 'true');
    let text = '';
    for await (const { id, choices } of await client.chat.completions.create(
      { ...ask(model), stream: true },
      options,
    )) {
      assert.equal(id, first.id);
      text += choices[0]?.delta.content ?? '';
    }
    assert.equal(text, first.choices[0]?.message.content);
    assert.equal((await stack.providerCalls('door-once')).count, 1);
    await assert.rejects(
      client.chat.completions.create({ ...ask(model), seed: 1 }, options),
      (error) => error instanceof OpenAI.BadRequestError && error.code === 'idempotency_conflict',
    );
  });
});

describe('models and embeddings', () => {
  it('lists profiles as models, over every page', async () => {
    const { token } = await stack.register();
    const names = Array.from({ length: 3 }, (_, index) => `model ${index}`);
    for (const name of [...names, 'twice', 'twice']) await profile('demo', name, token);
    const own = clientOf(token);
    const ids: string[] = [];
    for await (const { id, object, owned_by } of own.models.list()) {
      assert.deepEqual([object, owned_by], ['model', 'openai_compatible']);
      ids.push(id);
    }
    assert.equal(ids.length, 5);
    for (const id of ids) assert.equal((await own.models.retrieve(id)).id, id);
    assert.deepEqual(ids.filter((id) => names.includes(id)).sort(), names);
    assert.equal(ids.includes('twice'), false, 'a name that is not unique names nothing');
    await assert.rejects(own.models.retrieve('unknown'), OpenAI.NotFoundError);
    await assert.rejects(
      own.chat.completions.create(ask('twice')),
      (error) => error instanceof OpenAI.BadRequestError && error.code === 'model_ambiguous',
    );
  });

  it('embeds texts, as numbers and in base64', async () => {
    const model = await profile();
    const asked = { model, input: ['one', 'two'] };
    // The package asks for base64 by itself, and reads it.
    const packed = await client.embeddings.create(asked);
    const plain = await client.embeddings.create({ ...asked, encoding_format: 'float' });
    assert.deepEqual(
      plain.data.map(({ embedding }) => embedding.map(Math.fround)),
      packed.data.map(({ embedding }) => embedding),
    );
    assert.deepEqual(
      plain.data.map(({ index }) => index),
      [0, 1],
    );
    assert.ok(plain.usage.total_tokens > 0);
    const short = await client.embeddings.create({ model, input: 'one', dimensions: 4 });
    assert.equal(short.data[0]?.embedding.length, 4);
    await assert.rejects(
      client.embeddings.create({ model, input: [1, 2, 3] }),
      (error) => error instanceof OpenAI.BadRequestError && error.param === 'input',
    );
  });
});

describe('an error', () => {
  const refused = async (change: object, model = 'unused') => {
    const error = await client.chat.completions
      .create({ ...ask(model), ...change })
      .then(() => assert.fail('it was answered'))
      .catch((thrown: unknown) => thrown);
    assert.ok(error instanceof OpenAI.APIError, String(error));
    assert.ok(error.requestID);
    return error;
  };

  it('of the token, of the model and of the path has its class', async () => {
    const stranger = clientOf('no-token');
    await assert.rejects(
      stranger.models.list(),
      (error) => error instanceof OpenAI.AuthenticationError && error.code === 'invalid_api_key',
    );
    const unknown = await refused({}, 'unknown');
    assert.ok(unknown instanceof OpenAI.NotFoundError);
    assert.deepEqual(
      [unknown.code, unknown.param, unknown.type],
      ['model_not_found', 'model', 'invalid_request_error'],
    );
    await assert.rejects(client.files.list(), OpenAI.NotFoundError);
  });

  it('of the request names its parameter', async () => {
    const model = await profile();
    const audio = { type: 'input_audio', input_audio: { data: '', format: 'wav' } };
    const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });
    for (const [change, param] of [
      [{ n: 2 }, 'n'],
      [{ logprobs: true }, 'logprobs'],
      [{ functions: [] }, 'functions'],
      [{ temperature: 3 }, 'temperature'],
      [{ max_completion_tokens: 0 }, 'max_completion_tokens'],
      [{ messages: [] }, 'messages'],
      [user(''), 'messages[0].content'],
      [user([audio]), 'messages[0].content[0].type'],
      [user([{ type: 'image_url', image_url: { url: 'ftp://a' } }]), 'messages[0].content[0].image_url.url'],
      [{ tools: [{ type: 'function', function: { name: 'a b' } }] }, 'tools[0].function.name'],
    ] as const) {
      const error = await refused(change, model);
      assert.ok(error instanceof OpenAI.BadRequestError, `${param}: ${error.message}`);
      assert.equal(error.param, param, error.message);
    }
    const harmless = {
      n: 1,
      logprobs: false,
      top_k: 5,
      user: 'ada',
      service_tier: 'auto',
      parallel_tool_calls: true,
    };
    await client.chat.completions.create({ ...ask(model), ...(harmless as object) });
  });

  it('of a provider is the job that failed, with its status, and named by the answer', async () => {
    for (const [script, errorClass, status, code] of [
      ['status=429&retry-after=0', OpenAI.RateLimitError, 429, 'rate_limit_exceeded'],
      ['status=401', OpenAI.InternalServerError, 502, 'provider_authentication'],
      ['status=404&code=model_not_found', OpenAI.NotFoundError, 404, 'model_not_found'],
      ['status=400', OpenAI.BadRequestError, 400, null],
    ] as const) {
      for (const stream of [false, true]) {
        const error = await refused({ stream }, await profile(`demo?${script}`));
        assert.ok(error instanceof errorClass, `${script}: ${error.constructor.name}`);
        assert.equal(error.status, status);
        if (code !== null) assert.equal(error.code, code);
        const job = await jobOf(error.headers?.get('x-sluice-job-id') ?? null);
        assert.equal(job.status, 'failed');
        assert.equal(error.headers?.get('retry-after') !== null, status === 429);
      }
    }
  });

  it('after the first token ends the stream, and the job with it', async () => {
    const model = await profile('demo?chunks=6&interval=20&cut=3&times=1');
    const { data: stream, response } = await client.chat.completions
      .create({ ...ask(model), stream: true })
      .withResponse();
    let text = '';
    const error = await (async () => {
      for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
    })().catch((thrown: unknown) => thrown);
    assert.ok(error instanceof OpenAI.APIError);
    assert.ok(text.length > 0);
    assert.match(error.message, /broke off/);
    const id = response.headers.get('x-sluice-job-id');
    const events = stack.events('GET', `/api/jobs/${id}/events`, { token: account.token });
    let last: { status?: string } = {};
    for await (const { data } of events) last = data;
    assert.equal(last.status, 'cancelled');
  });
});

describe('a client that leaves', () => {
  const leave = async (body: object, seen: (chunk: unknown) => boolean) => {
    const control = new AbortController();
    const left = client.chat.completions.create({ ...ask('unused'), ...body }, { signal: control.signal });
    if (!('stream' in body)) return { control, left };
    const stream = (await left) as unknown as AsyncIterable<unknown>;
    for await (const chunk of stream) if (seen(chunk)) break;
    return { control, left };
  };

  it('ends the call of its provider: a stream', async () => {
    const model = await profile('demo?key=left-stream&chunks=200&interval=50');
    await leave({ model, stream: true }, () => true);
    assert.equal((await abortedCalls('left-stream')).aborted, 1);
  });

  it('ends the call of its provider: a whole answer', async () => {
    const model = await profile('demo?key=left-whole&delay=20000');
    const { control, left } = await leave({ model }, () => true);
    const gone = assert.rejects(Promise.resolve(left), OpenAI.APIUserAbortError);
    await fetch(new URL('/_calls?key=left-whole&count=1', stack.providerUrl));
    control.abort();
    await gone;
    assert.equal((await abortedCalls('left-whole')).aborted, 1);
  });

  it('leaves its job to go on where it said store', async () => {
    const model = await profile('demo?key=left-stored&chunks=20&interval=20');
    let id = '';
    await leave({ model, stream: true, store: true }, (chunk) => {
      ({ id } = chunk as { id: string });
      return true;
    });
    const path = `/api/jobs/${id.replace('chatcmpl-', '')}/events`;
    let last: { status?: string } = {};
    for await (const { data } of stack.events('GET', path, { token: account.token })) last = data;
    assert.equal(last.status, 'completed');
    assert.equal((await stack.providerCalls('left-stored')).aborted, 0);
  });
});
