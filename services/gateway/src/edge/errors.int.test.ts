import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { subjectsOf } from '@sluice/contracts';
import { countSubject } from '@sluice/messaging';
import type { InjectOptions } from 'fastify';
import { answerAsOthers, type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway-under-test.ts';
import type { ErrorBody } from './error-answer.ts';

const json = { 'content-type': 'application/json' };

describe('errors at the edge', () => {
  let gateway: GatewayUnderTest;
  before(async () => {
    gateway = await gatewayUnderTest();
    answerAsOthers(gateway);
  });
  after(() => gateway.close());

  const failed = async (request: InjectOptions, status: number, code: string): Promise<ErrorBody> => {
    const answer = await gateway.app.inject(request);
    const body = answer.json<ErrorBody>();
    assert.equal(answer.statusCode, status, answer.body);
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    assert.equal(answer.headers['x-request-id'], body.requestId);
    assert.equal(body.status, status);
    assert.equal(body.code, code);
    assert.ok(body.message.length > 0);
    const known = ['status', 'code', 'message', 'requestId', 'details'];
    assert.deepEqual(Object.keys(body), known.slice(0, body.details ? 5 : 4));
    return body;
  };
  const login = (payload: string, headers: Record<string, string> = json): InjectOptions => ({
    method: 'POST',
    url: '/api/auth/login',
    headers,
    payload,
  });
  const message = { role: 'user', content: 'Hello' };
  const chat = (changes: object): InjectOptions => ({
    method: 'POST',
    url: '/api/llm/chat',
    headers: gateway.bearer,
    payload: { aiProfileId: 'profile1', messages: [message], ...changes },
  });

  it('answers broken JSON, no body, and what is not JSON with 400', async () => {
    await failed(login('{"email":'), 400, 'bad_request');
    await failed(login(''), 400, 'bad_request');
    await failed({ method: 'POST', url: '/api/auth/login' }, 400, 'bad_request');
    await failed(
      login('email=a', { 'content-type': 'application/x-www-form-urlencoded' }),
      400,
      'bad_request',
    );
    await failed(login('hello', { 'content-type': 'text/plain' }), 400, 'bad_request');
    await failed(login('{}', { 'content-type': ';;' }), 400, 'bad_request');
    await failed(login('{"__proto__":{"a":1}}'), 400, 'bad_request');
  });

  it('names the limit of a body that is too large', async () => {
    const small = await failed(login(`"${'x'.repeat(65_536)}"`), 413, 'payload_too_large');
    assert.match(small.message, /65536 bytes/);
    const payload = `"${'x'.repeat(8 * 1024 * 1024)}"`;
    const headers = { ...gateway.bearer, 'content-type': 'application/json' };
    for (const url of ['/api/llm/chat', '/api/jobs']) {
      const work = await failed({ method: 'POST', url, payload, headers }, 413, 'payload_too_large');
      assert.match(work.message, /8388608 bytes/);
    }
  });

  it('repeats no refresh token that stands in a path, neither in the answer nor in the log', async () => {
    const secret = 'S'.repeat(43);
    const token = `${'f'.repeat(26)}.${secret}`;
    for (const url of [`/api/auth/refresh/${token}`, `/${encodeURIComponent(token)}`, `/api/jobs/${token}`]) {
      const { body } = await gateway.app.inject({ url, headers: gateway.bearer });
      assert.doesNotMatch(body, /SSSS/, url);
    }
    assert.doesNotMatch(gateway.lines.join(), /SSSS/);
  });

  it('answers unknown routes and methods with 404, and a path that cannot be read with 400', async () => {
    await failed({ url: '/nowhere' }, 404, 'not_found');
    await failed({ method: 'DELETE', url: '/api/auth/me' }, 404, 'not_found');
    await failed({ method: 'OPTIONS', url: '/api/auth/me' }, 404, 'not_found');
    await failed({ url: '/%zz' }, 400, 'bad_request');
    await failed({ url: `/api/jobs/${'x'.repeat(200)}`, headers: gateway.bearer }, 404, 'not_found');
  });

  it('names the field and the limit of a body that does not fit', async () => {
    const cases: [object, string, RegExp][] = [
      [{ messages: Array(51).fill(message) }, 'messages', /50/],
      [{ messages: [] }, 'messages', /1/],
      [{ messages: [message, { role: 'user', content: 'x'.repeat(20_001) }] }, 'messages.1.content', /20000/],
      [{ messages: [{ role: 'user', content: '' }] }, 'messages.0.content', /1/],
      [{ messages: [{ role: 'root', content: 'x' }] }, 'messages.0.role', /system/],
      [{ messages: 'x' }, 'messages', /array/],
      [{ stream: 'yes' }, 'stream', /boolean/],
      [{ params: { temperature: 3 } }, 'params.temperature', /2/],
      [{ params: { temprature: 1 } }, 'params.temprature', /Unknown key/],
      [{ extra: 1 }, 'extra', /Unknown key/],
    ];
    for (const [changes, path, text] of cases) {
      const { details, message: summary } = await failed(chat(changes), 422, 'validation_failed');
      const detail = details?.find((fault) => fault.path === path);
      assert.match(detail?.message ?? '', text, path);
      assert.ok(summary.startsWith(`${path}: `), summary);
    }
    await failed(chat({ aiProfileId: 'profile2' }), 404, 'not_found');
    await failed(chat({ aiProfileId: 'a.b' }), 404, 'not_found');
    const { stream, job } = subjectsOf('jobs');
    assert.equal(await countSubject(gateway.nc, stream, job('team1', '*')), 0);
  });

  it('names the field of a query that does not fit', async () => {
    const { details } = await failed(
      { url: '/api/jobs?limit=201&x=1', headers: gateway.bearer },
      422,
      'validation_failed',
    );
    assert.deepEqual(
      details?.map(({ path }) => path),
      ['limit', 'x'],
    );
  });

  it('passes on what another service refused, and says when it is away', async () => {
    await failed({ url: '/api/jobs/unknown', headers: gateway.bearer }, 404, 'not_found');
    await failed({ url: '/api/jobs/a.b', headers: gateway.bearer }, 404, 'not_found');
    const answer = await gateway.app.inject(login('{"email":"a@example.com","password":"secret-1"}'));
    assert.equal(answer.statusCode, 503);
    assert.equal(answer.json<ErrorBody>().code, 'unavailable');
    assert.equal(answer.headers['retry-after'], '1');
    assert.ok(!gateway.lines.join('').includes('secret-1'));
  });

  it('keeps a request id that is sane and replaces any other', async () => {
    const idOf = async (given: string | string[]) => {
      const headers = { 'x-request-id': given };
      return String((await gateway.app.inject({ url: '/healthz', headers })).headers['x-request-id']);
    };
    for (const sane of ['abcdefgh', 'A-z_0.9-', 'x'.repeat(128)]) assert.equal(await idOf(sane), sane);
    for (const other of ['short', 'x'.repeat(129), 'with space', 'new\tline12', 'ünicode-1', '{"a":"b"}'])
      assert.match(await idOf(other), /^[a-z2-7]{26}$/, other);
    assert.match(await idOf(['abcdefgh', 'abcdefgi']), /^[a-z2-7]{26}$/);
  });

  it('writes the request id and the trace into the lines of a request', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { 'x-request-id': 'lines-of-this-one', traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    await gateway.app.inject({ url: '/nowhere', headers });
    const lines = gateway.lines.filter((line) => line.includes('lines-of-this-one'));
    assert.ok(lines.length >= 2);
    for (const line of lines) assert.match(line, /"traceId":"[0-9a-f]{32}"/);
  });

  it('answers what is not HTTP in the same shape', async () => {
    await gateway.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = gateway.app.server.address() as AddressInfo;
    const cases: [string, RegExp][] = [
      ['NOT HTTP\r\n\r\n', /not valid HTTP/],
      [`GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, /16384 bytes/],
    ];
    for (const [bytes, text] of cases) {
      const socket = connect(port, '127.0.0.1');
      socket.setEncoding('utf8');
      let answer = '';
      socket.on('data', (chunk: string) => {
        answer += chunk;
      });
      socket.write(bytes);
      await once(socket, 'close');
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      const error = JSON.parse(body) as ErrorBody;
      assert.match(head, /^HTTP\/1\.1 400 Bad Request\r\n/);
      assert.ok(head.includes(`x-request-id: ${error.requestId}`));
      assert.equal(error.code, 'bad_request');
      assert.match(error.message, text);
      for (const header of [
        "content-security-policy: default-src 'none';frame-ancestors 'none'",
        'x-content-type-options: nosniff',
        'x-frame-options: DENY',
        'referrer-policy: no-referrer',
        'cache-control: no-store',
      ]) {
        assert.ok(head.split('\r\n').includes(header), header);
      }
    }
  });
});

describe('an error that nobody foresaw', () => {
  const profile = { name: 'a', provider: 'openai', model: 'm', apiKey: 'sk-test-1234567890' };

  it('is hidden in production and shown in development', async () => {
    for (const NODE_ENV of ['production', 'development']) {
      const gateway = await gatewayUnderTest({ NODE_ENV });
      answerAsOthers(gateway);
      const { app, bearer } = gateway;
      const answer = await app.inject({
        method: 'POST',
        url: '/api/ai-profiles',
        headers: bearer,
        payload: profile,
      });
      const body = answer.json<ErrorBody>();
      assert.equal(answer.statusCode, 500);
      assert.equal(body.code, 'internal');
      assert.equal(answer.headers['x-request-id'], body.requestId);
      if (NODE_ENV === 'production') {
        assert.equal(body.details, undefined);
        assert.ok(!answer.body.includes('.ts'));
      } else {
        assert.match(body.details?.[0]?.message ?? '', /\.ts:\d+/);
      }
      assert.ok(gateway.lines.some((line) => line.includes('"error"') && line.includes(body.requestId)));
      assert.ok(!gateway.lines.join('').includes(profile.apiKey));
      await gateway.close();
    }
  });
});
