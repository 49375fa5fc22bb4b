import assert from 'node:assert/strict';
import type { Run } from './use-everything.ts';
import { PROVIDER } from './use-profiles.ts';

/** Makes API tokens, asks by them, at the door of the OpenAI API too, and revokes one. */
export async function useApiTokens(run: Run, token: string, profileId: string): Promise<void> {
  const { stack, ask, done, made, secret } = run;
  const make = async (name: string, scopes: string[]) => {
    const { id, token: text } = await done(201, 'POST', '/api/tokens', { token, body: { name, scopes } });
    return { id, text: secret(`API token of ${name}`, text) };
  };
  const reader = await make('a reader', ['jobs:read']);
  await done(200, 'GET', '/api/jobs', { token: reader.text });
  const apiKey = made('provider key of who may not');
  const profile = { name: 'no', provider: PROVIDER, model: 'demo', apiKey };
  assert.equal((await ask('POST', '/api/ai-profiles', { token: reader.text, body: profile })).status, 403);
  await ask('GET', '/api/jobs', { token: `${reader.text}x` });
  await done(204, 'DELETE', `/api/tokens/${reader.id}`, { token });
  assert.equal((await ask('GET', '/api/jobs', { token: reader.text })).status, 401);

  const { text: door } = await make('the door', ['jobs:write', 'profiles:read']);
  const echoing = { ...profile, name: 'echo', model: 'demo?echo=key', baseUrl: stack.providerUrl };
  const { id: echo } = await done(201, 'POST', '/api/ai-profiles', {
    ...{ token, body: { ...echoing, apiKey: made('provider key that is echoed at the door') } },
  });
  const question = (model: string, more: object = {}) => ({
    ...{ model, messages: [{ role: 'user', content: 'hello' }], ...more },
  });
  const completions = '/v1/chat/completions';
  const answered = await done(200, 'POST', completions, { token: door, body: question(profileId) });
  assert.equal(answered.object, 'chat.completion');
  const streamed = await stack.raw('POST', completions, {
    ...{ token: door, body: question(profileId, { stream: true }) },
  });
  assert.match(await streamed.text(), /^data: \[DONE\]$/m);
  assert.ok((await ask('POST', completions, { token: door, body: question(echo) })).status >= 400);
  await ask('POST', completions, { token: `${door}x`, body: question(profileId) });
  await ask('POST', completions, { token: door, body: question('no such model', { user: door }) });
  await done(200, 'POST', '/v1/embeddings', { token: door, body: { model: profileId, input: 'hello' } });
  await done(200, 'GET', '/v1/models', { token: door });
}
