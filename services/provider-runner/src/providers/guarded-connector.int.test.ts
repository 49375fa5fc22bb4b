import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { type Agent, request } from 'undici';
import { PRIVATE_ADDRESS, type Resolve } from './guarded-connector.ts';
import { createProviderAgent } from './http-exchange.ts';

/** A resolver that gives these answers, one after the other. */
function answering(...answers: string[][]): { resolve: Resolve; asked: () => number } {
  let asked = 0;
  const resolve: Resolve = (_name, _options, done) => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    const addresses = answer.map(
      (address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }),
    );
    process.nextTick(done, null, addresses);
  };
  return { resolve, asked: () => asked };
}

describe('a connection to a provider', () => {
  let server: Server;
  let port: number;
  let asked = 0;
  const agents: Agent[] = [];
  const call = (host: string, options: { allowedHosts?: string[]; resolve?: Resolve } = {}) => {
    const { allowedHosts = [], resolve } = options;
    const agent = createProviderAgent({
      connections: 1,
      connectMs: 1000,
      allowedHosts,
      ...(resolve && { resolve }),
    });
    agents.push(agent);
    return request(`http://${host}:${port}/`, { dispatcher: agent });
  };
  const refused = { code: PRIVATE_ADDRESS };

  before(async () => {
    server = createServer((incoming, answer) => {
      asked += 1;
      if (incoming.url === '/') answer.end('hello');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(async () => {
    await Promise.all(agents.map((agent) => agent.destroy()));
    server.close();
  });

  it('is not made to a name that the system resolves to a private address', async () => {
    for (const host of [hostname(), 'localhost']) await assert.rejects(call(host), refused, host);
    assert.equal(asked, 0);
  });

  it('is not made to a private address itself', async () => {
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]'])
      await assert.rejects(call(host), refused, host);
    assert.equal(asked, 0);
  });

  it('is not made when one address of several is private', async () => {
    const { resolve } = answering(['8.8.8.8', '127.0.0.1']);
    await assert.rejects(call('models.example', { resolve }), refused);
    assert.equal(asked, 0);
  });

  it('uses the addresses that were looked at: a name that changes in between is not asked again', async () => {
    // Public by the rule, and given to nobody.
    const { resolve, asked: lookups } = answering(['2000::1'], ['127.0.0.1']);
    await assert.rejects(call('rebinding.example', { resolve }));
    assert.equal(lookups(), 1);
    assert.equal(asked, 0);
  });

  it('is made where the operator allows the host, by name or address, with its port or without', async () => {
    const { resolve } = answering(['127.0.0.1']);
    const allowed: [string, string[], Resolve?][] = [
      ['127.0.0.1', ['127.0.0.1']],
      ['127.0.0.1', [`127.0.0.1:${port}`]],
      ['localhost', [`localhost:${port}`]],
    ];
    for (const [host, allowedHosts] of allowed) {
      const answer = await call(host, { allowedHosts });
      assert.equal(await answer.body.text(), 'hello');
    }
    await assert.rejects(call('127.0.0.1', { allowedHosts: ['127.0.0.1:1'], resolve }), refused);
  });
});
