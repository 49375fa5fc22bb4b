import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { createProviderAgent } from '../http-exchange.ts';
import { createOpenAiCompatible } from './adapter.ts';

async function listening(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

async function chatWith(baseUrl: string, allowedHosts: string[]) {
  const dispatcher = createProviderAgent({ connections: 1, connectMs: 1000, allowedHosts });
  const provider = createOpenAiCompatible({ dispatcher, firstTokenMs: 5000, idleMs: 5000 });
  const outcome = await provider.chat({
    baseUrl,
    apiKey: 'plain-key-4711',
    model: 'm',
    messages: [{ role: 'user', content: 'hello' }],
    params: {},
    stream: false,
    signal: new AbortController().signal,
    onDelta: () => undefined,
  });
  await dispatcher.destroy();
  return outcome;
}

test('a redirect is a failure: neither the key nor the request goes to where it points', async (t) => {
  let followed = 0;
  const other = await listening((_incoming, answer) => {
    followed += 1;
    answer.end('{}');
  });
  const provider = await listening((_incoming, answer) => {
    answer.writeHead(307, { location: `http://127.0.0.1:${other.port}/chat/completions` }).end();
  });
  t.after(() => [other, provider].map(({ server }) => server.close()));
  const outcome = await chatWith(`http://127.0.0.1:${provider.port}`, ['127.0.0.1']);
  assert.ok(!outcome.ok);
  assert.equal(outcome.failure.error.provider?.status, 307);
  assert.equal(outcome.failure.error.retryable, false);
  assert.equal(followed, 0);
});

test('a host that resolves to a private address fails for good, and says why', async () => {
  const outcome = await chatWith(`http://${hostname()}:9`, []);
  assert.ok(!outcome.ok);
  assert.equal(outcome.failure.error.code, 'profile_unavailable');
  assert.equal(outcome.failure.error.retryable, false);
  assert.match(outcome.failure.error.message, /private address/);
});
