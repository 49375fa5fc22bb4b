import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getIdentity, getJwks, listRevocations, topologyOf } from '@sluice/contracts';
import { applyTopology, connect, type NatsConnection, serve } from '@sluice/messaging';
import { createLogger } from '@sluice/telemetry';
import { testNats } from '@sluice/testing';
import { loadConfig } from './config.ts';
import { startGateway } from './start-gateway.ts';
import { signedToken, signingKey } from './testing/signed-token.ts';

const lines: string[] = [];
const log = createLogger({
  service: 'gateway',
  level: 'warn',
  destination: { write: (line) => void lines.push(line) },
});

describe('a running gateway', () => {
  let nc: NatsConnection;
  const key = signingKey('key1');
  const asked = Promise.withResolvers<void>();
  const mayAnswer = Promise.withResolvers<void>();

  before(async () => {
    nc = await connect({ ...(await testNats()), name: 'test' });
    await applyTopology(nc, topologyOf());
    serve(nc, 'test', listRevocations, async () => ({ items: [], nextCursor: null }), { log });
    serve(nc, 'test', getJwks, async () => ({ keys: [key.jwk] }), { log });
    const createdAt = '2026-01-01T00:00:00.000Z';
    const slowIdentity = async ({ userId, teamId }: { userId: string; teamId: string }) => {
      asked.resolve();
      await mayAnswer.promise;
      const user = { id: userId, email: 'ada@example.com', createdAt };
      return { user, team: { id: teamId, name: 'Team', createdAt }, role: 'owner' as const, scopes: [] };
    };
    serve(nc, 'test', getIdentity, slowIdentity, { log });
    await nc.flush();
  });
  after(() => nc.close());

  it('lets answers that are under way go out before it stops, and takes no new ones', async () => {
    const { url: natsUrl, ...natsLogin } = await testNats();
    const config = { ...loadConfig({ NATS_URL: natsUrl, PORT: '0' }), natsLogin };
    const gateway = await startGateway(config, log);
    assert.match(gateway.gatewayId, /^[a-z0-9]{16}$/);
    assert.equal((await fetch(`${gateway.url}/readyz`)).status, 200);

    const headers = { authorization: `Bearer ${signedToken(key)}` };
    const underWay = fetch(`${gateway.url}/api/auth/me`, { headers });
    await asked.promise;
    const stopped = gateway.stop();
    await assert.rejects(untilRefused(`${gateway.url}/healthz`));
    mayAnswer.resolve();
    assert.equal((await underWay).status, 200);
    await stopped;
    assert.deepEqual(lines, [], 'nothing was cut off');
  });
});

/** Asks until the port is closed; the server may still take a connection in the instant that it starts to close. */
async function untilRefused(url: string): Promise<never> {
  for (;;) await (await fetch(url, { headers: { connection: 'close' } })).text();
}
