import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Account, type Stack, startStack } from '@sluice/testing';

let stack: Stack;
let ada: Account;
before(async () => {
  stack = await startStack({ runners: 2, env: { BREAKER_FAILURES: '2', BREAKER_OPEN_MS: '500' } });
  ada = await stack.register();
});
after(() => stack.stop());

/** A profile of the demo provider under a key of its own, which makes a circuit of its own. */
async function profile(model: string, more: object = {}): Promise<string> {
  const apiKey = `key-of-${encodeURIComponent(model)}`;
  const body = {
    name: model,
    provider: 'openai_compatible',
    baseUrl: stack.providerUrl,
    model,
    apiKey,
    ...more,
  };
  const answer = await stack.request('POST', '/api/ai-profiles', { token: ada.token, body });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.id;
}
const ask = (aiProfileId: string, more: object = {}) =>
  stack.request('POST', '/api/llm/chat', {
    token: ada.token,
    body: { aiProfileId, messages: [{ role: 'user', content: 'Hello' }], ...more },
    headers: { prefer: 'wait=60' },
  });

test('a fallback answers; the job shows each attempt with its profile, status, times and cost', async () => {
  const pricing = { input: 1.5, output: 6 };
  const second = await profile('demo?text=second%20answer', { pricing });
  const own = await profile('demo?key=own&status=503', { fallbackProfileIds: [second], pricing });
  const { body } = await ask(own, { maxAttempts: 1 });
  assert.deepEqual([body.status, body.result.text], ['completed', 'second answer']);
  const [failed, answered] = body.attempts;
  assert.deepEqual(
    [failed.status, failed.aiProfileId, failed.error.code, failed.cost],
    ['failed', own, 'provider_overloaded', null],
  );
  assert.deepEqual([answered.status, answered.aiProfileId], ['completed', second]);
  assert.ok(failed.finishedAt <= answered.startedAt);
  const { inputTokens, outputTokens } = body.result.usage;
  const amount = Math.round((inputTokens * 1.5 + outputTokens * 6) * 1000) / 1e9;
  assert.deepEqual(body.result.cost, { amount, currency: 'USD' });
  assert.deepEqual(answered.cost, body.result.cost);
});

test('jobs of a provider that is down are parked by both runners, and done when it is back', async () => {
  const own = await profile('demo?key=down&status=503');
  const asked = Promise.all(Array.from({ length: 12 }, () => ask(own)));
  // Each may use three attempts: without the breaker they would have, long before the provider is back.
  let parked = false;
  while (!parked) {
    const { body } = await stack.request('GET', '/api/jobs?status=waiting', { token: ada.token });
    const idle = body.items.filter(({ attempts }: { attempts: unknown[] }) => attempts.length < 3);
    parked = body.items.length === 12 && idle.length === 12;
  }
  await stack.request('PATCH', `/api/ai-profiles/${own}`, {
    token: ada.token,
    body: { model: 'demo?key=up&text=back' },
  });
  for (const { body } of await asked) assert.equal(body.result?.text, 'back', JSON.stringify(body.error));
});

test('none of it needs a right that a service does not have', () => {
  const refused = stack.lines().filter((line) => /permissions? violation/i.test(line));
  assert.deepEqual(refused, []);
});

test('a fallback that refuses the work in the place of a profile whose circuit is open does not end the job', async () => {
  const apiKey = 'the key of a circuit that is open';
  const down = await profile('demo?key=resting&status=503', { apiKey: apiKey.replaceAll(' ', '-') });
  for (const _ of [1, 2]) assert.equal((await ask(down, { maxAttempts: 1 })).body.status, 'failed');
  const refuses = await profile('demo?status=401');
  const own = await profile('demo?text=own%20answer', {
    apiKey: apiKey.replaceAll(' ', '-'),
    fallbackProfileIds: [refuses],
  });
  const { body } = await ask(own, { maxAttempts: 3 });
  assert.deepEqual([body.status, body.result?.text], ['completed', 'own answer'], JSON.stringify(body.error));
  assert.deepEqual(
    body.attempts.map(({ aiProfileId }: { aiProfileId: string }) => aiProfileId),
    [refuses, own],
  );
});
