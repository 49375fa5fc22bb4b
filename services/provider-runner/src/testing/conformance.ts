import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type DeltaContent, JOB_ERROR_RETRYABLE, type JobErrorCode } from '@sluice/contracts';
import type { Agent } from 'undici';
import type { AdapterDeps } from '../providers/chat-exchange.ts';
import { createProviderAgent } from '../providers/http-exchange.ts';
import type { ChatCall, ChatOutcome, Provider } from '../providers/provider.ts';
import { memoryInUse } from './memory-in-use.ts';
import { type ScriptedServer, startScriptedServer, write } from './scripted-server.ts';

type Tokens = { readonly input: number; readonly output: number };

/** How a vendor answers, so that any adapter can be put to the same tests. */
export type WireForm = {
  readonly name: string;
  readonly create: (deps: AdapterDeps) => Provider;
  readonly model: string;
  /** Content type of a stream. */
  readonly streamType: string;
  /** What comes before any text. */
  readonly opening: readonly Buffer[];
  /** One event with text; `padding` fills a field that nobody reads. */
  readonly text: (text: string, padding?: string) => Buffer;
  readonly ending: (tokens: Tokens) => Buffer[];
  readonly whole: (text: string, tokens: Tokens) => object;
  /** An answer for each class of error that the vendor tells apart. */
  readonly errors: readonly { readonly status: number; readonly body: object; readonly code: JobErrorCode }[];
};

const KEY = 'plain-key-of-the-conformance-tests';
const TOKENS: Tokens = { input: 11, output: 7 };
/** Long enough never to pass in a test that is not about it. */
const PATIENT = { firstTokenMs: 60_000, idleMs: 60_000 };
const UNICODE = 'Grüße, 世界 👩‍🚀👍🏽 é';
const MEBIBYTE = 1024 * 1024;

/** What any adapter must hold to, against a real server that speaks the vendor's form. */
export function conformance(form: WireForm): void {
  describe(form.name, () => {
    let server: ScriptedServer;
    let agent: Agent;
    before(async () => {
      server = await startScriptedServer();
      agent = createProviderAgent({ connections: 4, connectMs: 5000, allowedHosts: ['127.0.0.1'] });
    });
    after(async () => {
      await agent.destroy();
      await server.close();
    });

    const callOf = (more: Partial<ChatCall>): ChatCall => ({
      baseUrl: server.url,
      apiKey: KEY,
      model: form.model,
      messages: [{ role: 'user', content: 'hello' }],
      params: {},
      stream: false,
      signal: new AbortController().signal,
      onDelta: () => undefined,
      ...more,
    });
    const ask = async (more: Partial<ChatCall> = {}, times = PATIENT) => {
      const deltas: DeltaContent[] = [];
      const onDelta = (delta: DeltaContent) => deltas.push(delta);
      const outcome = await form.create({ dispatcher: agent, ...times }).chat(callOf({ onDelta, ...more }));
      return { outcome, text: deltas.map(({ text = '' }) => text).join('') };
    };
    const open = async (response: ServerResponse, ...texts: string[]): Promise<void> => {
      response.writeHead(200, { 'content-type': form.streamType });
      for (const piece of form.opening) await write(response, piece);
      for (const text of texts) await write(response, form.text(text));
    };
    const stream = async (response: ServerResponse, ...texts: string[]): Promise<void> => {
      await open(response, ...texts);
      for (const piece of form.ending(TOKENS)) await write(response, piece);
      response.end();
    };
    const whole = (response: ServerResponse, text: string): void => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(form.whole(text, TOKENS)));
    };

    for (const streamed of [false, true]) {
      const way = streamed ? 'streamed' : 'whole';

      it(`cancelled before anything came, ${way}: the connection closes, the reason comes back`, async () => {
        const asked = server.answer(() => undefined);
        const abort = new AbortController();
        const done = assert.rejects(ask({ stream: streamed, signal: abort.signal }), /no longer wanted/);
        const { closed } = await asked;
        abort.abort(new Error('no longer wanted'));
        await Promise.all([done, closed]);
      });

      it(`cancelled in the middle, ${way}: the connection closes, the reason comes back`, async () => {
        const abort = new AbortController();
        const begun = Promise.withResolvers<void>();
        const asked = server.answer(async (response) => {
          if (streamed) await open(response, 'It begins');
          else {
            response.writeHead(200, { 'content-type': 'application/json' });
            response.write(JSON.stringify(form.whole('It begins', TOKENS)).slice(0, 20));
            begun.resolve();
          }
        });
        const done = assert.rejects(
          ask({ stream: streamed, signal: abort.signal, onDelta: () => begun.resolve() }),
          /no longer wanted/,
        );
        await begun.promise;
        abort.abort(new Error('no longer wanted'));
        await Promise.all([done, (await asked).closed]);
      });

      it(`text and usage, ${way}`, async () => {
        void server.answer((response) =>
          streamed ? stream(response, 'Good ', 'day.') : whole(response, 'Good day.'),
        );
        const { outcome, text } = await ask({ stream: streamed });
        assert.ok(outcome.ok, said(outcome));
        assert.equal(outcome.answer.text, 'Good day.');
        assert.equal(text, streamed ? 'Good day.' : '', 'deltas are for streams');
        assert.deepEqual([outcome.answer.usage?.inputTokens, outcome.answer.usage?.outputTokens], [11, 7]);
      });

      it(`the other form than was asked for is read too, asked ${way}`, async () => {
        void server.answer((response) =>
          streamed ? whole(response, 'Good day.') : stream(response, 'Good ', 'day.'),
        );
        const { outcome, text } = await ask({ stream: streamed });
        assert.ok(outcome.ok, said(outcome));
        assert.equal(outcome.answer.text, 'Good day.');
        assert.equal(text, streamed ? 'Good day.' : '');
      });

      it(`10 MB, ${way}`, async () => {
        const piece = 'ä1234567'.repeat(1024);
        const pieces = Array.from({ length: (10 * MEBIBYTE) / Buffer.byteLength(piece) }, () => piece);
        void server.answer((response) =>
          streamed ? stream(response, ...pieces) : whole(response, pieces.join('')),
        );
        const { outcome, text } = await ask({ stream: streamed });
        assert.ok(outcome.ok, said(outcome));
        assert.ok(outcome.answer.text === pieces.join(''), 'the text is whole');
        assert.ok(!streamed || text === outcome.answer.text, 'so are the deltas');
      });

      it(`broken off by the connection, ${way}`, async () => {
        void server.answer(async (response) => {
          if (streamed) await open(response, 'It be');
          else {
            response.writeHead(200, { 'content-type': 'application/json', 'content-length': 500 });
            await write(response, Buffer.from('{"it": "be'));
          }
          setImmediate(() => response.socket?.destroy());
        });
        const { outcome } = await ask({ stream: streamed });
        assert.equal(codeOf(outcome), 'provider_truncated');
      });

      it(`a web page with a 200 is no answer, ${way}`, async () => {
        void server.answer((response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'));
        assert.equal(codeOf((await ask({ stream: streamed })).outcome), 'provider_malformed');
      });

      it(`the key is in no outcome, ${way}`, async () => {
        const echo = [`You sent ${KEY.slice(0, 9)}`, `${KEY.slice(9)} to me, ${KEY}`];
        void server.answer((response) =>
          streamed ? stream(response, ...echo) : whole(response, echo.join('')),
        );
        const { outcome, text } = await ask({ stream: streamed });
        assert.ok(outcome.ok, said(outcome));
        assert.equal(outcome.answer.text, 'You sent [redacted] to me, [redacted]');
        assert.doesNotMatch(JSON.stringify(outcome) + text, new RegExp(KEY));
        void server.answer((response) => {
          const body = JSON.stringify({
            error: { message: `Wrong key ${KEY}` },
            message: `Wrong key ${KEY}`,
          });
          response.writeHead(401, { 'content-type': 'application/json' }).end(body);
        });
        const refused = await ask({ stream: streamed });
        assert.match(said(refused.outcome), /Wrong key \[redacted\]/);
        assert.doesNotMatch(said(refused.outcome), new RegExp(KEY));
      });

      for (const { status, body, code } of form.errors) {
        it(`${status} ${code}, ${way}`, async () => {
          void server.answer((response) =>
            response
              .writeHead(status, { 'content-type': 'application/json', 'retry-after': '3' })
              .end(JSON.stringify(body)),
          );
          const { outcome } = await ask({ stream: streamed });
          assert.ok(!outcome.ok);
          assert.equal(outcome.failure.error.code, code);
          assert.equal(outcome.failure.error.retryable, JOB_ERROR_RETRYABLE[code]);
          assert.equal(outcome.failure.error.provider?.status, status);
          assert.equal(outcome.failure.retryAfterMs, 3000);
        });
      }
    }

    it('cancelled before it began: nobody is asked', async () => {
      const before = server.connections;
      await assert.rejects(ask({ signal: AbortSignal.abort(new Error('not at all')) }), /not at all/);
      assert.equal(server.connections, before);
    });

    it('cut off without a word: truncated, and what came was handed on', async () => {
      void server.answer(async (response) => {
        await open(response, 'It be', 'gins');
        response.end();
      });
      const { outcome, text } = await ask({ stream: true });
      assert.equal(codeOf(outcome), 'provider_truncated');
      assert.equal(text, 'It begins');
    });

    it('no connection in time', async () => {
      // Accepts, and never answers the TLS handshake.
      const mute = createServer().listen(0, '127.0.0.1');
      await once(mute, 'listening');
      const closed = once(mute, 'connection').then(([socket]) => once(socket.resume(), 'close'));
      const hurried = createProviderAgent({ connections: 1, connectMs: 50, allowedHosts: ['127.0.0.1'] });
      const baseUrl = `https://127.0.0.1:${(mute.address() as AddressInfo).port}`;
      const outcome = await form.create({ dispatcher: hurried, ...PATIENT }).chat(callOf({ baseUrl }));
      assert.equal(codeOf(outcome), 'provider_connect_timeout');
      await closed;
      await hurried.destroy();
      mute.close();
    });

    it('no first token in time: nothing at all, and a beginning without text', async () => {
      for (const script of [() => undefined, (response: ServerResponse) => open(response)]) {
        const asked = server.answer(script);
        const { outcome } = await ask({ stream: true }, { ...PATIENT, firstTokenMs: 50 });
        assert.equal(codeOf(outcome), 'provider_first_token_timeout');
        await (await asked).closed;
      }
    });

    it('no further token in time', async () => {
      const asked = server.answer((response) => open(response, 'It be'));
      const { outcome, text } = await ask({ stream: true }, { ...PATIENT, idleMs: 50 });
      assert.equal(codeOf(outcome), 'provider_idle_timeout');
      assert.equal(text, 'It be');
      await (await asked).closed;
    });

    it('nobody listens', async () => {
      const closing = await startScriptedServer();
      await closing.close();
      assert.equal(codeOf((await ask({ baseUrl: closing.url })).outcome), 'provider_unavailable');
    });

    it('characters are never cut, however their bytes come', async () => {
      void server.answer(async (response) => {
        response.writeHead(200, { 'content-type': form.streamType });
        const bytes = Buffer.concat([
          ...form.opening,
          form.text(UNICODE),
          form.text(UNICODE),
          ...form.ending(TOKENS),
        ]);
        for (let at = 0; at < bytes.length; at += 1) {
          await new Promise((resolve) => response.write(bytes.subarray(at, at + 1), resolve));
        }
        response.end();
      });
      const { outcome, text } = await ask({ stream: true });
      assert.ok(outcome.ok, said(outcome));
      assert.deepEqual([outcome.answer.text, text], [UNICODE + UNICODE, UNICODE + UNICODE]);
    });

    it('connections are kept and used again', async () => {
      const alone = createProviderAgent({ connections: 1, connectMs: 5000, allowedHosts: ['127.0.0.1'] });
      const before = server.connections;
      void server.answer((response) => stream(response, 'Good day.'));
      for (let call = 0; call < 3; call += 1) {
        const outcome = await form.create({ dispatcher: alone, ...PATIENT }).chat(callOf({ stream: true }));
        assert.ok(outcome.ok, said(outcome));
      }
      assert.equal(server.connections - before, 1);
      await alone.destroy();
    });

    it('5,000 chunks a second are handed on and not kept', async () => {
      // 20 MB on the wire for 10 KB of text: who keeps the events passes the bound, far above what a call needs.
      const chunks = 10_000;
      const event = form.text('x', 'p'.repeat(2048));
      const [warm, measured, held, release] = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
      assert.ok(warm && measured && held && release);
      void server.answer(async (response) => {
        await open(response);
        for (let sent = 0; sent < chunks; sent += 50) {
          for (let next = 0; next < 50; next += 1) await write(response, event);
          await new Promise((resolve) => setTimeout(resolve, 10));
          if (sent + 50 === chunks / 10) await measured.promise;
        }
        await release.promise;
        for (const piece of form.ending(TOKENS)) await write(response, piece);
        response.end();
      });
      let came = 0;
      const onDelta = ({ text = '' }: DeltaContent) => {
        came += text.length;
        if (came === chunks / 10) warm.resolve();
        if (came === chunks) held.resolve();
      };
      const done = form.create({ dispatcher: agent, ...PATIENT }).chat(callOf({ stream: true, onDelta }));
      await Promise.race([warm.promise, done]);
      const before = await memoryInUse();
      measured.resolve();
      await Promise.race([held.promise, done]);
      const grown = (await memoryInUse()) - before;
      release.resolve();
      const outcome = await done;
      assert.ok(outcome.ok, said(outcome));
      assert.equal(outcome.answer.text.length, chunks);
      assert.ok(grown < 4 * MEBIBYTE, `of 18 MiB that came ${Math.round(grown / 1024)} KiB are held`);
    });
  });
}

const codeOf = (outcome: ChatOutcome): string => (outcome.ok ? 'completed' : outcome.failure.error.code);
const said = (outcome: ChatOutcome): string => (outcome.ok ? '' : JSON.stringify(outcome.failure));
