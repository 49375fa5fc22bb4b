import assert from 'node:assert/strict';
import type { Run } from './use-everything.ts';

/** Streams, draws an image with the key for images, and looks at what became of it. */
export async function useJobs({ stack, ask, done }: Run, token: string, aiProfileId: string): Promise<void> {
  const messages = [{ role: 'user', content: 'hello' }];
  const body = { aiProfileId, messages, stream: true };
  const seen: string[] = [];
  for await (const { event } of stack.events('POST', '/api/llm/chat', { token, body })) seen.push(event);
  assert.equal(seen.at(-1), 'finished');

  const image = { kind: 'image', aiProfileId, input: { prompt: 'a lock' } };
  const headers = { prefer: 'wait=20' };
  const drawn = await done(200, 'POST', '/api/jobs', { token, body: image, headers });
  assert.equal(drawn.status, 'completed', JSON.stringify(drawn.error));
  const [{ url }] = drawn.result.images;
  assert.equal((await stack.raw('GET', url, { token })).status, 200);
  await ask('GET', `${url}x`, { token });
  await done(200, 'GET', `/api/jobs/${drawn.id}`, { token });
}
