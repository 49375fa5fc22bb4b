import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { natsUrlFor } from './nats-logins.ts';

describe("a service's NATS URL", () => {
  it('carries its own login where there is a password for it, for all servers', () => {
    const passwords = { NATS_PROVIDER_RUNNER_PASSWORD: 'p@ss/word' };
    const url = natsUrlFor('provider-runner', 'tls://one:4222,tls://two:4222', passwords);
    assert.equal(url, 'tls://provider-runner:p%40ss%2Fword@one:4222,tls://two:4222');
  });

  it('is as it was given where there is none', () => {
    const url = 'nats://someone:secret@host:4222';
    assert.equal(natsUrlFor('gateway', url, { NATS_AUTH_PASSWORD: 'x' }), url);
  });
});
