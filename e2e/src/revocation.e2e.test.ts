import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Account, type Stack, startStack } from '@sluice/testing';

let stack: Stack;
let ada: Account;
before(async () => {
  stack = await startStack();
  ada = await stack.register();
});
after(() => stack?.stop());

test('the open event stream of a revoked API token ends at once, and the job goes on', async () => {
  const scopes = ['jobs:write', 'jobs:read'];
  const made = await stack.request('POST', '/api/tokens', {
    token: ada.token,
    body: { name: 'machine', scopes },
  });
  const { id, token } = made.body;
  const aiProfileId = await stack.createProfile(ada.token, 'demo?chunks=50&interval=100');
  const body = { aiProfileId, messages: [{ role: 'user', content: 'Hello' }], stream: true };
  const seen: string[] = [];
  let jobId = '';
  for await (const { event, data } of stack.events('POST', '/api/llm/chat', { token, body })) {
    seen.push(event);
    jobId = data.jobId;
    if (seen.length !== 1) continue;
    const { status } = await stack.request('DELETE', `/api/tokens/${id}`, { token: ada.token });
    assert.equal(status, 204);
  }
  assert.ok(!seen.includes('finished'), seen.join(' '));
  assert.equal((await stack.request('GET', `/api/jobs/${jobId}`, { token })).status, 401);
  assert.equal((await stack.request('GET', `/api/jobs/${jobId}`, { token: ada.token })).status, 200);
});
