import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startOtlpReceiver } from '@sluice/telemetry/otlp-receiver';
import { startStack, testNats } from '@sluice/testing';
import { documentsOf, type Evidence, filesOf, leaksIn, spyOn, spyOnServices } from './evidence.ts';
import { LAST_REQUEST, useEverything } from './use-everything.ts';

/** Makes a service end by an exception that nobody catches. */
const THROW_ON_SIGNAL = new URL('./throw-on-signal.ts', import.meta.url).href;

/**
 * One run through everything that takes or gives a secret, done right and done wrong, while everything that Sluice
 * writes is collected. Nothing of it may hold one of the secrets, in any spelling.
 */
describe('no secret is in anything that Sluice writes', () => {
  const secrets = new Map<string, string>();
  const evidence: Evidence[] = [];
  let reports: string;

  /** Remembers a secret by the name under which a leak is reported. */
  const secret = (name: string, value: unknown): string => {
    assert.equal(typeof value, 'string', `there is no ${name}`);
    const text = String(value);
    secrets.set(name, text);
    return text;
  };

  before(async () => {
    reports = await mkdtemp(join(tmpdir(), 'sluice-reports-'));
    const receiver = await startOtlpReceiver();
    const spies = [await spyOn(await ownNatsUrl(), ['>'])];
    const stack = await startStack({
      env: {
        ...receiver.env,
        LOG_LEVEL: 'trace',
        // Shows the cause of an unexpected error in the answer.
        NODE_ENV: 'development',
        NODE_OPTIONS: [
          ...['--report-on-signal', '--report-signal=SIGUSR2', '--report-uncaught-exception'],
          ...[`--report-directory=${reports}`, `--import=${THROW_ON_SIGNAL}`],
        ].join(' '),
      },
    });
    try {
      // Not before: whoever asks a service that is not there yet would wait for the spy to answer.
      spies.push(...(await spyOnServices()));
      for (const [name, value] of stack.secrets) secret(name, value);
      await useEverything(stack, secret, (found) => void evidence.push(found));
      evidence.push(...(await documentsOf(stack.mongoUrl)));
      // Whoever ends by an exception exports nothing any more.
      await receiver.waitFor((spans) =>
        spans.some(({ attributes }) => attributes['sluice.request_id'] === LAST_REQUEST),
      );
      await Promise.all(
        [...stack.services.values()].map(async (service) => {
          service.signal('SIGUSR2');
          await service.waitForLine('Node.js report completed');
          service.signal('SIGWINCH');
          const { code } = await service.exited;
          assert.equal(code, 1, `${service.name} ends by the exception`);
        }),
      );
    } finally {
      await stack.stop();
      for (const spy of spies) await spy.stop();
      await receiver.close();
    }
    evidence.push(...spies.flatMap((spy) => spy.evidence), ...filesOf(reports));
    evidence.push(...stack.lines().map((text) => ({ source: 'a log line', text })));
    const spans = receiver.spans().map((span) => ({
      source: `span ${span.service} ${span.name}`,
      text: JSON.stringify(span, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
    }));
    evidence.push(...spans);
  });
  after(() => rm(reports, { recursive: true, force: true }));

  it('and there was something to search', () => {
    const kinds = [
      'NATS auth.',
      'NATS _INBOX_gateway.',
      'NATS _INBOX_operator.',
      'NATS jobs.',
      'NATS deltas.',
      'MongoDB users',
      'MongoDB profiles',
      'a log line',
    ];
    for (const kind of [
      ...kinds,
      'span sluice-auth',
      'span sluice-gateway',
      'the body of an error',
      'what sluice keys rotate',
      'what sluice teams export',
      'file ',
    ]) {
      assert.ok(
        evidence.some(({ source }) => source.startsWith(kind)),
        `nothing of ${kind}`,
      );
    }
    const reported = evidence.filter(({ source }) => source.startsWith('file '));
    for (const trigger of ['Signal', 'Exception']) {
      const ofIt = reported.filter(({ text }) => text.includes(`"trigger": "${trigger}"`));
      assert.equal(ofIt.length, 4, `a report of each service by ${trigger}`);
    }
    assert.ok(secrets.size > 40, [...secrets.keys()].join(', '));
  });

  it('in plain, base64, hex or percent-encoded', () => {
    const found = leaksIn(evidence, secrets).map((leak) => `${leak.secret} in ${leak.source}`);
    assert.deepEqual([...new Set(found)], []);
  });
});

async function ownNatsUrl(): Promise<string> {
  const { url, user, pass } = await testNats();
  return Object.assign(new URL(url), { username: user, password: pass }).href;
}
