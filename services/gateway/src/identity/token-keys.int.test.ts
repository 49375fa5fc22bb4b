import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { AppError, getJwks, type Jwks } from '@sluice/contracts';
import { connect, type NatsConnection, type Serving, serve } from '@sluice/messaging';
import { createLogger } from '@sluice/telemetry';
import { testNats } from '@sluice/testing';
import { signingKey } from '../testing/signed-token.ts';
import { createTokenKeys } from './token-keys.ts';

const log = createLogger({ service: 'gateway', level: 'silent' });
const ID = 'request-1';

describe("auth's public keys", () => {
  let nc: NatsConnection;
  let auth: Serving | undefined;
  let published: Jwks;
  let asked = 0;
  const first = signingKey('first');
  const second = signingKey('second');

  const startAuth = async () => {
    const answer = async () => {
      asked += 1;
      return published;
    };
    auth = serve(nc, 'auth', getJwks, answer, { log });
    await nc.flush();
  };

  before(async () => {
    nc = await connect({ ...(await testNats()), name: 'test' });
  });
  after(() => nc.close());
  beforeEach(async () => {
    await auth?.stop();
    published = { keys: [first.jwk] };
    asked = 0;
    await startAuth();
  });

  it('are asked for once', async () => {
    const keys = createTokenKeys(nc);
    const all = await Promise.all([keys.pem('first', ID), keys.pem('first', ID), keys.pem('first', ID)]);
    assert.match(String(all[0]), /BEGIN PUBLIC KEY/);
    assert.equal(asked, 1);
  });

  it('are asked for again when one is unknown, at most once in three seconds', async () => {
    let now = 0;
    const keys = createTokenKeys(nc, () => now);
    await keys.pem('first', ID);
    published = { keys: [first.jwk, second.jwk] };
    now = 3_000;
    assert.equal(await keys.pem('second', ID), undefined);
    now = 3_001;
    assert.match(String(await keys.pem('second', ID)), /BEGIN PUBLIC KEY/);
    assert.equal(asked, 2);
  });

  it('stop serving within five minutes of being withdrawn', async () => {
    let now = 0;
    const keys = createTokenKeys(nc, () => now);
    await keys.pem('first', ID);
    published = { keys: [second.jwk] };
    now = 300_001;
    assert.equal(await keys.pem('first', ID), undefined);
  });

  it('keep serving while auth is away, and a new gateway says that it is', async () => {
    let now = 0;
    const keys = createTokenKeys(nc, () => now);
    await keys.pem('first', ID);
    await auth?.stop();
    now = 300_001;
    assert.match(String(await keys.pem('first', ID)), /BEGIN PUBLIC KEY/);
    const unavailable = (error: unknown) => error instanceof AppError && error.code === 'unavailable';
    await assert.rejects(createTokenKeys(nc).pem('first', ID), unavailable);
  });
});
