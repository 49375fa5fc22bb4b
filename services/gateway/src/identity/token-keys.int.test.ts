import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { AppError, authEventSubjects, getJwks, type Jwks } from '@sluice/contracts';
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

  /** Heard by all on this connection when it resolves. */
  const announce = async ({ jwk }: typeof first) => {
    nc.publish(authEventSubjects.jwks, JSON.stringify({ v: 1, keys: [jwk] }));
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

  it('are heard of without being asked for', async () => {
    const keys = createTokenKeys(nc);
    await announce(second);
    assert.match(String(await keys.pem('second', ID)), /BEGIN PUBLIC KEY/);
    assert.equal(asked, 0);
  });

  it('are of all replicas together, whichever of them spoke last', async () => {
    const keys = createTokenKeys(nc);
    await keys.pem('first', ID);
    await announce(second);
    for (const kid of ['first', 'second', 'first'])
      assert.match(String(await keys.pem(kid, ID)), /PUBLIC/, kid);
    await announce(first);
    assert.match(String(await keys.pem('second', ID)), /PUBLIC/);
    assert.deepEqual((await keys.jwks(ID)).keys, [first.jwk, second.jwk]);
    assert.equal(asked, 1);
  });

  it('stop serving ten minutes after no replica names them any more', async () => {
    let now = 0;
    const keys = createTokenKeys(nc, () => now);
    await announce(first);
    published = { keys: [second.jwk] };
    now = 600_000;
    await announce(second);
    assert.match(String(await keys.pem('first', ID)), /PUBLIC/);
    now = 600_001;
    await announce(second);
    assert.equal(await keys.pem('first', ID), undefined);
    assert.match(String(await keys.pem('second', ID)), /PUBLIC/);
  });

  it('are asked for after five minutes without an announcement', async () => {
    let now = 0;
    const keys = createTokenKeys(nc, () => now);
    await announce(first);
    now = 300_000;
    await keys.pem('first', ID);
    assert.equal(asked, 0);
    now = 300_001;
    await keys.pem('first', ID);
    assert.equal(asked, 1);
  });

  it('are not changed by what is no announcement', async () => {
    const keys = createTokenKeys(nc);
    await announce(first);
    for (const text of ['', '{', '{"v":1}', '{"v":2,"keys":[]}', '{"v":1,"keys":[{"kid":"second"}]}'])
      nc.publish(authEventSubjects.jwks, text);
    await nc.flush();
    assert.match(String(await keys.pem('first', ID)), /PUBLIC/);
    assert.equal(await keys.pem('second', ID), undefined);
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
