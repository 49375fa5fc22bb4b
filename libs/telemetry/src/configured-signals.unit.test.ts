import assert from 'node:assert/strict';
import { it } from 'node:test';
import { configuredSignals } from './configured-signals.ts';

const endpoint = 'http://collector:4318';
const cases: ReadonlyArray<[why: string, env: Record<string, string>, traces: boolean, metrics: boolean]> = [
  ['nothing is exported unasked', {}, false, false],
  ['an empty variable is no configuration', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, false, false],
  ['one endpoint serves every signal', { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, true, true],
  ['an endpoint of its own, traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint }, true, false],
  ['an endpoint of its own, metrics', { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint }, false, true],
  ['a named exporter needs no endpoint', { OTEL_TRACES_EXPORTER: 'console' }, true, false],
  [
    'none switches one signal off',
    { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_EXPORTER: 'none' },
    false,
    true,
  ],
  [
    'disabled means everything',
    { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'TRUE' },
    false,
    false,
  ],
];

for (const [why, env, traces, metrics] of cases) {
  it(why, () => assert.deepEqual(configuredSignals(env), { traces, metrics }));
}
