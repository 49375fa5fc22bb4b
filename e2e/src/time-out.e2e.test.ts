import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startStack } from '@sluice/testing';

test('a provider that takes too long is a clear time-out', async () => {
  const slow = await startStack({ env: { AI_REQUEST_TIMEOUT_MS: '300', JOB_MAX_ATTEMPTS: '1' } });
  try {
    const { token } = await slow.register();
    const profile = await slow.createProfile(token, 'demo?hang=0');
    const { body } = await slow.request('POST', '/api/llm/chat', {
      token,
      body: { aiProfileId: profile, messages: [{ role: 'user', content: 'Hello?' }] },
      headers: { prefer: 'wait=20' },
    });
    assert.equal(body.status, 'failed');
    assert.equal(body.error.code, 'provider_timeout');
    assert.match(body.error.message, /300/);
  } finally {
    await slow.stop();
  }
});
