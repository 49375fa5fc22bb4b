import type { TestContext } from 'node:test';
import type { Provider as ProviderName } from '@sluice/contracts';
import { type Replayed, startReplayServer } from '@sluice/testing';
import { createProviderAgent } from '../providers/http-exchange.ts';
import type { Provider } from '../providers/provider.ts';
import { createProviderRegistry } from '../providers/registry.ts';

/** A whole answer in JSON, as a provider would send it. */
export const answerOf = (body: unknown, status = 200): Replayed => ({
  status,
  headers: { 'content-type': 'application/json' },
  pieces: [Buffer.from(JSON.stringify(body))],
});

/** A provider's adapter before a server that replays, until the test ends; `call` is what every call has. */
export async function adapterUnderTest(t: TestContext, name: ProviderName) {
  const server = await startReplayServer();
  const dispatcher = createProviderAgent({ connections: 4, connectMs: 5000, allowedHosts: ['127.0.0.1'] });
  t.after(async () => {
    await dispatcher.destroy();
    await server.close();
  });
  const providers = createProviderRegistry({ dispatcher, firstTokenMs: 5000, idleMs: 5000 });
  const provider: Required<Provider> = providers(name) as Required<Provider>;
  const call = {
    baseUrl: server.url,
    apiKey: 'plain-key-4711',
    model: 'm',
    signal: new AbortController().signal,
  };
  return { server, provider, call, bodies: () => server.requests.map(({ body }) => body) };
}
