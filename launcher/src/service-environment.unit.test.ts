import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { environmentFor, withAllowedHost } from './service-environment.ts';

const all = {
  PATH: '/bin',
  PORT: '3000',
  NATS_URL: 'nats://127.0.0.1:4222',
  DATABASE_URL: 'mongodb://127.0.0.1/sluice',
  JWT_SECRET: 'signs',
  API_KEY_ENCRYPTION_KEY: 'opens',
  API_KEY_ENCRYPTION_KEY_PREVIOUS: 'opened',
  SEALING_PUBLIC_KEYS: 'id:key',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
  AWS_SECRET_ACCESS_KEY: 'nobody asked for it',
  UNSET: undefined,
};
const namesFor = (service: Parameters<typeof environmentFor>[0]) => Object.keys(environmentFor(service, all));

describe('the environment of a service', () => {
  it('gives the gateway no secret and no database', () => {
    assert.deepEqual(namesFor('gateway'), ['PATH', 'PORT', 'NATS_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT']);
  });

  it('gives auth the key that signs and not the one that opens', () => {
    const names = namesFor('auth');
    assert.ok(names.includes('JWT_SECRET') && names.includes('SEALING_PUBLIC_KEYS'));
    assert.ok(!names.some((name) => name.startsWith('API_KEY_ENCRYPTION_KEY')));
  });

  it('gives a runner the key that opens, and neither the one that signs nor the database', () => {
    const names = namesFor('provider-runner');
    assert.ok(names.includes('API_KEY_ENCRYPTION_KEY') && names.includes('API_KEY_ENCRYPTION_KEY_PREVIOUS'));
    assert.ok(!names.includes('JWT_SECRET') && !names.includes('DATABASE_URL') && !names.includes('PORT'));
  });

  it('gives jobs the database and no secret', () => {
    const expected = ['PATH', 'NATS_URL', 'DATABASE_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
    assert.deepEqual(namesFor('jobs'), expected);
  });

  it('passes on nothing that no service names', () => {
    for (const service of ['auth', 'gateway', 'jobs', 'provider-runner'] as const) {
      assert.ok(!namesFor(service).includes('AWS_SECRET_ACCESS_KEY'));
      assert.ok(!namesFor(service).includes('UNSET'));
    }
  });
});

describe('the allowed provider hosts', () => {
  it('keep what the user allows beside the demo provider', () => {
    assert.equal(withAllowedHost(undefined, '127.0.0.1:4100'), '127.0.0.1:4100');
    assert.equal(withAllowedHost('localhost:11434, ', '127.0.0.1:4100'), 'localhost:11434,127.0.0.1:4100');
    assert.equal(withAllowedHost('127.0.0.1:4100', '127.0.0.1:4100'), '127.0.0.1:4100');
  });
});
