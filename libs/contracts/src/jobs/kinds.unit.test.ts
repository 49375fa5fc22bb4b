import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jobBodySchema } from './api.v1.ts';
import { commandSchema } from './events.v1.ts';
import { JOB_BODY_INPUTS, JOB_INPUTS, JOB_KINDS } from './kinds.v1.ts';

const command = {
  v: 1,
  ...{ jobId: 'job1', teamId: 'team1', userId: 'user1', aiProfileId: 'profile1', gatewayId: 'gateway1' },
  ...{ priority: 'interactive', requestId: 'request-1', traceId: 'a'.repeat(32) },
  ...{ at: '2026-01-01T00:00:00.000Z', deadlineAt: null, maxAttempts: 3, stream: false },
};
const messages = [{ role: 'user', content: 'hello' }];
const INPUTS: Record<keyof typeof JOB_INPUTS, object> = {
  chat: { messages },
  structured: { messages, responseFormat: { type: 'json_object' } },
  image: {
    prompt: 'a fox',
    n: 2,
    size: '1024x1024',
    quality: 'high',
    seed: 7,
    images: ['https://a.example/b'],
  },
  embedding: { input: ['one', 'two'], dimensions: 256 },
};
const pathsOf = (schema: typeof commandSchema | typeof jobBodySchema, value: unknown) =>
  schema.safeParse(value).error?.issues.map(({ path }) => path.join('.'));

describe('a job of each kind', () => {
  it('carries the input of its kind, as a command and as a body', () => {
    for (const kind of JOB_KINDS) {
      const input = INPUTS[kind];
      assert.deepEqual(commandSchema.parse({ ...command, kind, input }).input, input);
      assert.deepEqual(jobBodySchema.parse({ kind, input, aiProfileId: 'p' }).input, input);
    }
  });

  it('takes the input of no other kind', () => {
    for (const kind of JOB_KINDS) {
      // A structured input is a chat with a format.
      const others = JOB_KINDS.filter((other) => other !== kind && other !== 'structured');
      for (const other of others) {
        const paths = pathsOf(commandSchema, { ...command, kind, input: INPUTS[other] });
        assert.ok(paths?.[0]?.startsWith('input.'), `${other} as ${kind}: ${paths}`);
      }
    }
    assert.deepEqual(pathsOf(commandSchema, { ...command, kind: 'poem', input: {} }), ['kind']);
  });
});

describe('a body', () => {
  it('names what it may not say, where it says it', () => {
    const body = (kind: string, input: object, more: object = {}) => ({
      kind,
      input,
      aiProfileId: 'p',
      ...more,
    });
    const wrong: [object, string][] = [
      [body('structured', { messages }), 'input.responseFormat'],
      [body('structured', { messages, responseFormat: { type: 'text' } }), 'input.responseFormat.type'],
      [body('image', { prompt: '' }), 'input.prompt'],
      [body('image', { prompt: 'a', n: 11 }), 'input.n'],
      [body('image', { prompt: 'a', images: ['http://plain.example/a.png'] }), 'input.images.0'],
      [body('embedding', { input: [] }), 'input.input'],
      [body('embedding', { input: Array(2049).fill('a') }), 'input.input'],
      [body('embedding', { input: ['a', ''] }), 'input.input.1'],
      [body('embedding', { input: ['a'] }, { priority: 'batch' }), 'priority'],
    ];
    for (const [value, path] of wrong) assert.deepEqual(pathsOf(jobBodySchema, value), [path]);
  });

  it('refuses what it does not know, while a command lets later versions add', () => {
    for (const kind of JOB_KINDS) {
      const input = { ...INPUTS[kind], later: true };
      assert.ok(!JOB_BODY_INPUTS[kind].safeParse(input).success, kind);
      assert.ok(JOB_INPUTS[kind].safeParse(input).success, kind);
    }
  });
});
