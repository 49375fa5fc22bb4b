import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DeltaContent, Provider as ProviderName } from '@sluice/contracts';
import {
  ownCases,
  type RecordedCase,
  type ReplayServer,
  recordedCases,
  startReplayServer,
} from '@sluice/testing';
import type { Agent } from 'undici';
import { expectOutcome } from '../testing/expect-outcome.ts';
import { createProviderAgent } from './http-exchange.ts';
import { createProviderRegistry, type ProviderRegistry } from './registry.ts';

const recordings = process.env['PROVIDER_RECORDINGS'];
const groups = [
  { title: 'answers written for every quirk', cases: ownCases(import.meta.dirname), skip: false },
  {
    title: 'recorded answers',
    cases: recordings === undefined ? [] : recordedCases(recordings),
    skip: recordings === undefined && 'PROVIDER_RECORDINGS names no folder',
  },
];

const PROVIDER_OF_VENDOR: Readonly<Record<string, ProviderName>> = {
  azure: 'azure_openai',
  'openai-compatible': 'openai_compatible',
};

/** A model that makes the adapter use the API of the case. */
const MODEL_OF_API: Readonly<Record<string, string>> = {
  'openai-responses': 'gpt-5',
  'openai-chat': 'gpt-4.1',
};

const CHAT_APIS = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini', 'bedrock'];
/** Small streams of three vendors, cut at every byte. */
const CUT_EVERYWHERE = [
  'mistral/chat-stream-tool-call',
  'anthropic/stream-text',
  'gemini/stream-tool-call',
  'openai-compatible/chat-stream-unicode-split',
  'anthropic/stream-thinking',
  'gemini/stream-unicode-split',
];

for (const { title, cases, skip } of groups)
  describe(title, { skip }, () => {
    let server: ReplayServer;
    let dispatcher: Agent;
    let providers: ProviderRegistry;
    before(async () => {
      server = await startReplayServer();
      dispatcher = createProviderAgent({ connections: 4, connectMs: 5000, allowedHosts: ['127.0.0.1'] });
      providers = createProviderRegistry({ dispatcher, firstTokenMs: 10_000, idleMs: 10_000 });
    });
    after(async () => {
      await dispatcher.destroy();
      await server.close();
    });

    async function replay(recorded: RecordedCase, pieces: readonly Buffer[]): Promise<void> {
      const { expected, vendor, status, headers } = recorded;
      const provider = providers(PROVIDER_OF_VENDOR[vendor] ?? (vendor as ProviderName));
      assert.ok(provider, `there is an adapter for ${vendor}`);
      server.play({ status, headers, pieces });
      const deltas: DeltaContent[] = [];
      const outcome = await provider.chat({
        baseUrl: server.url,
        apiKey: 'key-of-the-recordings',
        model: MODEL_OF_API[expected.api] ?? 'recorded-model',
        messages: [{ role: 'user', content: 'What was recorded.' }],
        params: {},
        stream: expected.streamed,
        signal: new AbortController().signal,
        onDelta: (delta) => deltas.push(delta),
      });
      expectOutcome(outcome, deltas, expected);
    }

    for (const recorded of cases) {
      const { name, body, headers, expected, offsets } = recorded;
      if (!CHAT_APIS.includes(expected.api)) continue;
      it(`${name} means what it says`, async () => {
        await replay(recorded, cutAt(body, offsets ?? []));
        if (!expected.streamed) return;
        await replay(recorded, inSingleBytes(body));
        if (!isText(headers)) return;
        const ended = body.toString('latin1').includes('\r\n');
        const crlf = ended ? body : Buffer.from(body.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
        await replay(recorded, [crlf]);
        await replay(recorded, [withComments(body)]);
      });
    }

    for (const recorded of cases) {
      if (!CUT_EVERYWHERE.includes(recorded.name)) continue;
      it(`${recorded.name} means the same wherever it is cut`, async () => {
        for (let at = 1; at < recorded.body.length; at += 1) {
          await replay(recorded, cutAt(recorded.body, [at]));
        }
      });
    }
  });

function isText(headers: Readonly<Record<string, string>>): boolean {
  return headers['content-type']?.startsWith('text/') === true;
}

function cutAt(body: Buffer, offsets: readonly number[]): Buffer[] {
  const ends = [...offsets, body.length];
  return ends.map((end, index) => body.subarray(ends[index - 1] ?? 0, end));
}

function inSingleBytes(body: Buffer): Buffer[] {
  return Array.from(body, (_byte, index) => body.subarray(index, index + 1));
}

/** A comment between any two events, as servers send them to keep a connection open. */
function withComments(body: Buffer): Buffer {
  return Buffer.from(body.toString('latin1').replaceAll(/(\r?\n)(\r?\n)/g, '$1$2: still here$1$2'), 'latin1');
}
