import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { answerAsOthers, type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway-under-test.ts';

const POST = 'POST /api/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n';

describe('what a connection may take', () => {
  let gateway: GatewayUnderTest;
  let port: number;
  before(async () => {
    gateway = await gatewayUnderTest({
      HTTP_HEADERS_TIMEOUT_MS: '200',
      HTTP_REQUEST_TIMEOUT_MS: '400',
      HTTP_KEEP_ALIVE_MS: '100',
      HTTP_MAX_CONNECTIONS: '5',
      LIMIT_ADDRESS_REQUESTS_PER_MINUTE: '0',
    });
    answerAsOthers(gateway);
    await gateway.app.listen({ host: '127.0.0.1', port: 0 });
    port = (gateway.app.server.address() as AddressInfo).port;
  });
  after(() => gateway.close());

  /** All that the gateway says until it closes the connection. */
  const until = async (socket: Socket): Promise<string> => {
    let heard = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      heard += chunk;
    });
    socket.on('error', () => undefined);
    await once(socket, 'close');
    return heard;
  };
  const say = (...parts: string[]): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    for (const part of parts) socket.write(part);
    return until(socket);
  };
  /** Sends one piece every 50 ms for as long as it is let. */
  const drip = async (first: string, piece: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.write(first);
    const dripping = setInterval(() => socket.write(piece), 50);
    const heard = await until(socket);
    clearInterval(dripping);
    return heard;
  };

  it('ends with headers that come too slowly, whatever still comes', async () => {
    assert.match(await drip('GET /healthz HTTP/1.1\r\nhost: a\r\n', 'x: y\r\n'), /did not arrive in time/);
  });

  it('ends with a body that comes too slowly', async () => {
    const heard = await drip(`${POST}content-length: 50000\r\n\r\n{`, ' ');
    assert.match(heard, /did not arrive in time|^$/);
  });

  it('ends some time after an answer', async () => {
    assert.match(await say('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n'), /^HTTP\/1\.1 200 OK\r\n/);
  });

  it('holds no body that is too large, declared or in chunks', async () => {
    const declared = await say(`${POST}content-length: 9000000\r\n\r\n{`);
    assert.match(declared, /413 Payload Too Large[\s\S]*payload_too_large/);
    const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`;
    const chunked = await say(`${POST}transfer-encoding: chunked\r\n\r\n`, ...Array<string>(9).fill(chunk));
    assert.match(chunked, /413 Payload Too Large[\s\S]*payload_too_large/);
  });

  it('holds no more than a hundred headers', async () => {
    const headers = Array.from({ length: 120 }, (_, n) => `x-${n}: y\r\n`).join('');
    const heard = await say(`GET /healthz HTTP/1.1\r\nhost: a\r\n${headers}\r\n`);
    assert.match(heard, /400 Bad Request[\s\S]*more than 100 headers/);
  });

  it('has no more than 32 requests under way', async () => {
    const one = `GET /api/auth/me HTTP/1.1\r\nhost: a\r\nauthorization: ${gateway.bearer.authorization}\r\n\r\n`;
    const heard = await say(one.repeat(60));
    const statuses = [...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    assert.equal(statuses.length, 60);
    assert.ok(statuses.filter((status) => status === '200').length >= 32);
    assert.ok(statuses.includes('429'), statuses.join());
  });

  it('holds no JSON that is nested too deep, nor one that pollutes', async () => {
    const post = (payload: string) =>
      gateway.app.inject({
        method: 'POST',
        url: '/api/auth/login',
        headers: { 'content-type': 'application/json' },
        payload,
      });
    const deep = await post(`${'['.repeat(30_000)}${']'.repeat(30_000)}`);
    assert.equal(deep.statusCode, 400);
    assert.match(deep.body, /deeper than 100 levels/);
    for (const key of ['__proto__', '\\u005f_proto__']) {
      assert.equal((await post(`{"email":"a@b.co","${key}":{"a":1}}`)).statusCode, 400, key);
    }
    assert.equal((await post('{"constructor":{"prototype":{"a":1}}}')).statusCode, 400);
  });

  it('is refused when as many are open as may be', async () => {
    const open = Array.from({ length: 5 }, () => connect(port, '127.0.0.1'));
    await Promise.all(open.map((socket) => once(socket, 'connect')));
    // Accepted in order: when the last one is answered, all of them are counted.
    open[4]?.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n');
    await once(open[4] as Socket, 'data');
    assert.equal(await say('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n'), '');
    for (const socket of open) socket.destroy();
    assert.ok(gateway.lines.some((line) => line.includes('too many are open')));
  });
});
