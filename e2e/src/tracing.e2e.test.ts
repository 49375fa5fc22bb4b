import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startOtlpReceiver } from '@sluice/telemetry/otlp-receiver';
import { startStack } from '@sluice/testing';

test('one trace leads from the HTTP request to the provider call, with job and request id on it', async () => {
  const receiver = await startOtlpReceiver();
  const stack = await startStack({ env: receiver.env });
  try {
    const { token } = await stack.register();
    const profile = await stack.createProfile(token, 'demo?key=traced');
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const { body } = await stack.request('POST', '/api/llm/chat', {
      token,
      body: { aiProfileId: profile, messages: [{ role: 'user', content: 'Trace me' }] },
      headers: {
        prefer: 'wait=20',
        'x-request-id': 'traced-request-1',
        traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      },
    });
    assert.equal(body.status, 'completed');
    assert.equal(body.traceId, traceId);

    const spans = await receiver.waitFor((all) => {
      const own = all.filter((span) => span.traceId === traceId);
      const services = new Set(own.map((span) => span.resource['service.name']));
      return (
        services.has('sluice-gateway') &&
        own.some((span) => span.resource['service.name'] === 'sluice-gateway' && span.kind === 'server') &&
        own.some(
          (span) => span.resource['service.name'] === 'sluice-provider-runner' && span.kind === 'client',
        ) &&
        own.some(
          (span) => span.resource['service.name'] === 'sluice-provider-runner' && span.kind === 'consumer',
        )
      );
    });
    const own = spans.filter((span) => span.traceId === traceId);
    const byId = new Map(own.map((span) => [span.spanId, span]));
    const call = own.find(
      (span) =>
        span.resource['service.name'] === 'sluice-provider-runner' &&
        span.kind === 'client' &&
        String(span.attributes['url.full'] ?? '').includes('/chat/completions'),
    );
    assert.ok(call, 'the provider call has a client span');
    const chain = [];
    for (let span: typeof call | undefined = call; span; span = byId.get(span.parentSpanId ?? ''))
      chain.push(span);
    assert.deepEqual(
      new Set(chain.map((span) => span.resource['service.name'])),
      new Set(['sluice-provider-runner', 'sluice-gateway']),
    );
    assert.equal(chain.at(-1)?.kind, 'server');
    assert.equal(chain.at(-1)?.parentSpanId, 'b7ad6b7169203331');
    const onJob = own.filter((span) => span.attributes['sluice.job_id'] === body.id);
    assert.ok(onJob.some((span) => span.resource['service.name'] === 'sluice-gateway'));
    assert.ok(onJob.some((span) => span.resource['service.name'] === 'sluice-provider-runner'));
    for (const span of onJob) assert.equal(span.attributes['sluice.request_id'], 'traced-request-1');

    const calls = await stack.providerCalls('traced');
    assert.match(String(calls.calls[0]?.requestHeaders['traceparent']), new RegExp(`^00-${traceId}-`));
  } finally {
    await stack.stop();
    await receiver.close();
  }
});
