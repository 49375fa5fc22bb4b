import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type EchoProcess, startEcho } from './testing/echo-process.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './testing/otlp-receiver.ts';

const callerTrace = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${callerTrace}-b7ad6b7169203331-01`;

const code = 'slinv_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const codePaths = [
  `/api/invites/${code}/accept`,
  '/api/invites/half-a-code/accept',
  '/api/invite%73/half-a-code',
];

describe('a service registered with a collector configured', () => {
  let receiver: OtlpReceiver;
  let echo: EchoProcess;
  let spans: ReceivedSpan[];
  let exitCode: number | null;
  let receivedBeforeStop: number;

  before(async () => {
    receiver = await startOtlpReceiver();
    // A delay no test would wait for: what arrives was flushed by the shutdown.
    echo = await startEcho({ ...receiver.env, OTEL_BSP_SCHEDULE_DELAY: '600000' });
    await (await fetch(`${echo.origin}/healthz`)).text();
    const answer = await fetch(`${echo.origin}/ask?token=abc123&whatever=guarded-1`, {
      headers: { traceparent },
    });
    await answer.text();
    for (const path of codePaths)
      await (await fetch(echo.origin + path, { headers: { traceparent } })).text();
    receivedBeforeStop = receiver.spans().length;
    exitCode = await echo.stop();
    spans = receiver.spans();
  });
  after(() => receiver.close());

  const named = (name: string, kind: ReceivedSpan['kind']) => {
    const found = spans.find((span) => span.name === name && span.kind === kind);
    assert.ok(found, `no ${kind} span '${name}' among ${spans.map((span) => span.name).join('; ')}`);
    return found;
  };

  it('makes one chain from the incoming request to the request it answers itself', () => {
    const edge = named('GET /ask', 'server');
    const own = named('ask the other', 'internal');
    const call = named('GET', 'client');
    const answered = spans.find((span) => span.kind === 'server' && span.parentSpanId === call.spanId);
    assert.equal(edge.parentSpanId, 'b7ad6b7169203331');
    assert.equal(own.parentSpanId, edge.spanId);
    assert.equal(call.parentSpanId, own.spanId);
    assert.ok(answered, 'the called side continues the trace');
    assert.deepEqual([...new Set(spans.map((span) => span.traceId))], [callerTrace]);
    assert.equal(edge.attributes['sluice.request_id'], 'req-12345678');
  });

  it('names the service after its folder, with version and instance', () => {
    const [span] = spans;
    assert.equal(span?.service, 'sluice-echo');
    assert.equal(span?.resource['service.version'], '9.8.7');
    assert.match(String(span?.resource['service.instance.id']), /^[0-9a-f-]{36}$/);
  });

  it('flushes on shutdown and ends by itself', () => {
    assert.equal(receivedBeforeStop, 0);
    assert.ok(spans.length >= 4);
    assert.equal(exitCode, 0);
  });

  it('contacts nothing but itself and the collector', async () => {
    const { contacted } = await echo.line('stopped');
    const own = [echo.origin, receiver.url].map((url) => new URL(url).host).sort();
    assert.deepEqual([...(contacted as string[])].sort(), own);
    assert.deepEqual([...receiver.requests().keys()], ['/v1/traces']);
  });

  it('writes the trace id once per log line', async () => {
    const line = await echo.line('asked');
    assert.equal(line['traceId'], callerTrace);
    assert.equal(line['spanId'], named('ask the other', 'internal').spanId);
    assert.equal('trace_id' in line, false);
  });

  it('records no secret from a query, and no probe', () => {
    const recorded = JSON.stringify(spans.map(({ name, attributes }) => ({ name, attributes })));
    assert.doesNotMatch(recorded, /sk-very-secret-1|abc123|guarded-1|healthz|slinv_|half-a-code/);
    const paths = spans.map(({ attributes }) => attributes['url.path']);
    assert.equal(paths.filter((path) => path === '/api/invites/[redacted]/accept').length, 2);
  });
});

describe('a service registered with other standard variables', () => {
  it('takes its name from OTEL_SERVICE_NAME', async () => {
    const receiver = await startOtlpReceiver();
    const echo = await startEcho({ ...receiver.env, OTEL_SERVICE_NAME: 'renamed' });
    await (await fetch(`${echo.origin}/answer`)).text();
    const [span] = await receiver.waitFor((spans) => spans.length > 0);
    assert.equal(span?.service, 'renamed');
    await echo.stop();
    await receiver.close();
  });

  it('exports runtime metrics when metrics are asked for', async () => {
    const receiver = await startOtlpReceiver();
    const echo = await startEcho({
      ...receiver.env,
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_TRACES_EXPORTER: 'none',
    });
    const answer = await (await fetch(`${echo.origin}/answer`, { headers: { traceparent } })).text();
    await echo.stop();
    assert.equal(answer, callerTrace);
    assert.deepEqual([...receiver.requests().keys()], ['/v1/metrics']);
    await receiver.close();
  });
});

for (const [why, env] of [
  ['no OTEL variable set', {}],
  ['OTEL_SDK_DISABLED', { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }],
] as const) {
  describe(`a service registered with ${why}`, () => {
    it('exports nothing and still has trace ids, made or adopted', async () => {
      const echo = await startEcho(env);
      const made = await (await fetch(`${echo.origin}/ask`)).text();
      const adopted = await (await fetch(`${echo.origin}/ask`, { headers: { traceparent } })).text();
      assert.equal(await echo.stop(), 0);
      assert.match(made, /^[0-9a-f]{32}$/);
      assert.equal(adopted, callerTrace);
      const asked = echo.lines.filter((line) => line.msg === 'asked');
      assert.deepEqual(
        asked.map((line) => line['traceId']),
        [made, callerTrace],
      );
      const { contacted } = await echo.line('stopped');
      assert.deepEqual(contacted, [new URL(echo.origin).host]);
    });
  });
}

describe('a service registered with a collector that cannot be reached', () => {
  it('serves, warns once, and stops', async () => {
    const echo = await startEcho({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await unusedPort()}`,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_TIMEOUT: '200',
      OTEL_BSP_SCHEDULE_DELAY: '20',
    });
    const answers = [];
    for (let index = 0; index < 3; index += 1) answers.push((await fetch(`${echo.origin}/answer`)).status);
    const warning = await echo.line(
      'telemetry cannot be delivered; the service goes on without it (said once)',
    );
    answers.push((await fetch(`${echo.origin}/answer`)).status);
    assert.equal(await echo.stop(), 0);
    assert.deepEqual(answers, [200, 200, 200, 200]);
    assert.equal(warning.level, 'warn');
    assert.equal(echo.lines.filter((line) => line.level !== 'info').length, 1);
  });

  it('stops in order while an export is being retried', async () => {
    const echo = await startEcho({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await unusedPort()}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
    });
    await (await fetch(`${echo.origin}/ask`)).text();
    assert.equal(await echo.stop(), 0);
    assert.ok(await echo.line('stopped'));
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
