import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { makeTestCertificates } from '@sluice/testing';
import type { Agent } from 'undici';
import { createProviderAgent } from './http-exchange.ts';
import { createOpenAiCompatible } from './openai-compatible/adapter.ts';
import { PRESETS } from './openai-compatible/presets.ts';
import type { ChatOutcome } from './provider.ts';

const CALLS = 64;
const event = (delta: object, finish: string | null) =>
  `data: ${JSON.stringify({ choices: [{ delta, finish_reason: finish }] })}\n\n`;

describe('calls over HTTP/2', () => {
  const directory = mkdtempSync(join(tmpdir(), 'http2-'));
  const trusted = getCACertificates('default');
  let server: Http2SecureServer;
  let url: string;
  let dispatcher: Agent;
  let sessions: ServerHttp2Session[];
  let answers: { request: Http2ServerRequest; response: Http2ServerResponse }[];
  let allBegun: PromiseWithResolvers<void>;

  before(async () => {
    const { caFile, certFile, keyFile } = makeTestCertificates(directory);
    setDefaultCACertificates([...trusted, readFileSync(caFile, 'utf8')]);
    server = createSecureServer({
      key: readFileSync(keyFile),
      cert: readFileSync(certFile),
      allowHTTP1: true,
    });
    server.on('session', (session) => sessions.push(session));
    server.on('request', (request, response) => {
      response.on('error', () => undefined);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event({ content: 'It begins' }, null));
      answers.push({ request, response });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    setDefaultCACertificates(trusted);
    rmSync(directory, { recursive: true });
    server.close();
  });
  beforeEach(() => {
    sessions = [];
    answers = [];
    allBegun = Promise.withResolvers();
  });

  /** Starts calls and waits until each has its first delta. */
  async function begin() {
    dispatcher = createProviderAgent({ connections: 128, connectMs: 5000, allowedHosts: ['127.0.0.1'] });
    const provider = createOpenAiCompatible(PRESETS.openai_compatible, {
      dispatcher,
      firstTokenMs: 60_000,
      idleMs: 60_000,
    });
    let begun = 0;
    const aborts = Array.from({ length: CALLS }, () => new AbortController());
    const outcomes = aborts.map(({ signal }, call) =>
      provider.chat({
        baseUrl: url,
        apiKey: 'key',
        model: `call-${call}`,
        messages: [{ role: 'user', content: 'hello' }],
        params: {},
        stream: true,
        signal,
        onDelta: ({ text }) => {
          if (text !== 'It begins') return;
          begun += 1;
          if (begun === CALLS) allBegun.resolve();
        },
      }),
    );
    const settled = Promise.allSettled(outcomes);
    await Promise.race([allBegun.promise, settled]);
    return { aborts, settled };
  }
  const end = (): void => {
    for (const { response } of answers) {
      if (!response.destroyed) response.end(`${event({ content: '.' }, 'stop')}data: [DONE]\n\n`);
    }
  };
  const completed = (result: PromiseSettledResult<ChatOutcome>): boolean =>
    result.status === 'fulfilled' && result.value.ok && result.value.answer.text === 'It begins.';

  it('share connections, 16 at most on each', async () => {
    const { settled } = await begin();
    assert.deepEqual([...new Set(answers.map(({ request }) => request.httpVersion))], ['2.0']);
    assert.equal(sessions.length, CALLS / 16);
    end();
    assert.equal((await settled).filter(completed).length, CALLS);
    await dispatcher.destroy();
  });

  it('one that is cancelled ends alone', async () => {
    const { aborts, settled } = await begin();
    const ended = Promise.race(answers.map(({ response }) => once(response, 'close')));
    aborts[7]?.abort(new Error('no longer wanted'));
    await ended;
    assert.ok(sessions.every(({ closed, destroyed }) => !closed && !destroyed));
    end();
    const results = await settled;
    assert.equal(results.filter(completed).length, CALLS - 1);
    assert.equal(results[7]?.status, 'rejected');
    await dispatcher.destroy();
  });

  it('a lost connection ends the calls on it, to be tried again, and no others', async () => {
    const { settled } = await begin();
    const [lost] = sessions;
    assert.ok(lost);
    const closed = once(lost, 'close');
    lost.destroy();
    await closed;
    end();
    const results = await settled;
    const failures = results.flatMap((result) =>
      result.status === 'fulfilled' && !result.value.ok ? [result.value.failure.error] : [],
    );
    assert.equal(results.filter(completed).length + failures.length, CALLS);
    assert.equal(failures.length, 16);
    for (const { code, retryable } of failures)
      assert.deepEqual([code, retryable], ['provider_truncated', true]);
    await dispatcher.destroy();
  });
});
