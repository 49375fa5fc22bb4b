import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { getJwks } from '@sluice/contracts';
import { serve } from '@sluice/messaging';
import { createLogger } from '@sluice/telemetry';
import type { ErrorBody } from '../edge/error-answer.ts';
import { type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway-under-test.ts';
import { findFaults } from './readiness.ts';

describe('readiness', () => {
  let gateway: GatewayUnderTest;
  beforeEach(async () => {
    gateway = await gatewayUnderTest();
  });
  afterEach(() => gateway.close());

  const faultsOf = async (): Promise<string[]> => {
    const answer = await gateway.app.inject('/readyz');
    if (answer.statusCode === 200) return [];
    const { code, details } = answer.json<ErrorBody>();
    assert.equal(answer.statusCode, 503);
    assert.equal(code, 'unavailable');
    assert.ok(answer.headers['retry-after']);
    return details?.map(({ path }) => path) ?? [];
  };

  it('is given with NATS, streams, consumers and auth there', async () => {
    assert.deepEqual(await faultsOf(), []);
    assert.equal((await gateway.app.inject('/healthz')).statusCode, 200);
  });

  it('names a stream and its consumers that are gone, while the process is alive', async () => {
    await gateway.nc.request('$JS.API.STREAM.DELETE.JOBS');
    const faults = await faultsOf();
    assert.deepEqual(faults, ['stream JOBS', 'consumer JOBS/run-interactive', 'consumer JOBS/run-batch']);
    assert.equal((await gateway.app.inject('/healthz')).statusCode, 200);
  });

  it('names a consumer that is gone', async () => {
    await gateway.nc.request('$JS.API.CONSUMER.DELETE.JOBS.run-interactive');
    assert.deepEqual(await faultsOf(), ['consumer JOBS/run-interactive']);
  });

  it('names the connection that is closed', async () => {
    await gateway.framesNc.close();
    assert.deepEqual(await faultsOf(), ['nats (frames)']);
  });

  it('names auth when it does not answer, and the keys it had are still served', async () => {
    assert.equal(
      (await gateway.app.inject('/.well-known/jwks.json')).json<{ keys: unknown[] }>().keys.length,
      1,
    );
    await gateway.stopAnswering();
    assert.deepEqual(await faultsOf(), ['auth']);
    const log = createLogger({ service: 'test', level: 'silent' });
    serve(gateway.nc, 'test', getJwks, async () => gateway.jwks, { log });
    assert.deepEqual(await faultsOf(), []);
  });

  it('does not wait for a check that never ends', async () => {
    const never = { name: 'never', run: () => new Promise<void>(() => undefined) };
    const fine = { name: 'fine', run: async () => undefined };
    const faults = await findFaults([never, fine], 'request-1', 20);
    assert.deepEqual(faults, [{ name: 'never', reason: 'no answer in 20 ms' }]);
  });
});
