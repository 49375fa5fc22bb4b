import assert from 'node:assert/strict';
import { documentedSealing } from '../documented-sealing.ts';
import type { Run } from './use-everything.ts';

export const PROVIDER = 'openai_compatible';

/** Makes profiles in every way in which a key can come, and refused ones; returns one that works. */
export async function useProfiles(run: Run, token: string, teamId: string): Promise<string> {
  const { stack, ask, done, made } = run;
  const baseUrl = stack.providerUrl;
  const profile = { name: 'leaks', provider: PROVIDER, model: 'demo', baseUrl };
  const create = (body: object) => done(201, 'POST', '/api/ai-profiles', { token, body });
  const chat = (aiProfileId: string, more: object = {}) =>
    done(200, 'POST', '/api/llm/chat', {
      ...{ token, headers: { prefer: 'wait=20' } },
      body: { aiProfileId, messages: [{ role: 'user', content: 'hello' }], maxAttempts: 1, ...more },
    });

  const { id } = await create({
    ...profile,
    apiKey: made('provider key'),
    image: { apiKey: made('image key') },
  });
  const wrong = { ...profile, apiKey: made('provider key of a wrong body'), baseUrl: 'http://10.0.0.1' };
  await ask('POST', '/api/ai-profiles', { token, body: wrong });
  const spaced = { ...profile, apiKey: `${made('provider key with spaces')} behind it` };
  await ask('POST', '/api/ai-profiles', { token, body: spaced });
  assert.equal((await chat(id)).status, 'completed');
  await ask('POST', '/api/llm/chat', { token, body: { aiProfileId: id, messages: [], stream: true } });

  const echoing = { ...profile, model: 'demo?echo=key', apiKey: made('provider key that is echoed') };
  assert.equal((await chat((await create(echoing)).id)).status, 'failed');

  const patch = { apiKey: made('new provider key'), image: { apiKey: made('new image key') } };
  await done(200, 'PATCH', `/api/ai-profiles/${id}`, { token, body: patch });
  assert.equal((await chat(id)).status, 'completed');
  await ask('PATCH', `/api/ai-profiles/${id}`, { token, body: { baseUrl: 'https://api.openai.com/v1' } });

  const seal = await documentedSealing();
  const sealing = await done(200, 'GET', '/api/keys/sealing', { token });
  const place = { teamId, provider: PROVIDER, baseUrl };
  const sealedKey = await seal(sealing, place, made('provider key that the client sealed'));
  const { profileId } = sealing;
  const sealed = { ...profile, profileId, sealedKey };
  await ask('POST', '/api/ai-profiles', {
    token,
    body: { ...sealed, sealedKey: { ...sealedKey, enc: 'x' } },
  });
  assert.equal((await chat((await create(sealed)).id)).status, 'completed');
  return id;
}
