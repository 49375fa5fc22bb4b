import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { AppError, authEventSubjects, getJwks, type Jwks } from '@sluice/contracts';
import { connect, type NatsConnection, type Serving, serve } from '@sluice/messaging';
import { createLogger } from '@sluice/telemetry';
import { testNats } from '@sluice/testing';
import { type EventChanges, signedEvent } from '../testing/signed-event.ts';
import { type SigningKey, signedToken, signingKey } from '../testing/signed-token.ts';
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

  const subject = authEventSubjects.jwks;
  /** Heard by all on this connection when it resolves. */
  const publish = async (text: string) => {
    nc.publish(subject, text);
    await nc.flush();
  };
  /** As a replica does that signs with `by`, and has the earlier keys `others`. */
  const announce = ({ jwk }: SigningKey, by: SigningKey, changes: EventChanges = {}) =>
    publish(signedEvent(by, subject, { v: 1, keys: [jwk] }, changes));

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

  it('are heard of from a key that is known, without being asked for', async () => {
    const keys = createTokenKeys(nc);
    await keys.begin(ID);
    // It signs with the new key, and with the earlier one.
    await announce(second, first, { others: [second] });
    assert.match(String(await keys.pem('second', ID)), /BEGIN PUBLIC KEY/);
    // Which is trusted from now on.
    await announce(signingKey('third'), second);
    assert.match(String(await keys.pem('third', ID)), /BEGIN PUBLIC KEY/);
    assert.equal(asked, 1);
  });

  it('are not taken from a forged announcement', async () => {
    const keys = createTokenKeys(nc);
    const evil = signingKey('evil');
    const nothing = async () => {
      assert.equal(keys.trusted('evil'), undefined);
      assert.deepEqual((await keys.jwks(ID)).keys, [first.jwk]);
    };
    // Nothing at all is believed before auth has answered once.
    await announce(evil, first);
    assert.equal(keys.trusted('evil'), undefined);
    await keys.begin(ID);
    const body = { v: 1, keys: [evil.jwk] };
    await publish(JSON.stringify(body));
    await announce(evil, evil);
    await announce(evil, signingKey('first'));
    await announce(evil, evil, { header: { kid: 'first' } });
    await announce(evil, first, { header: { alg: 'none' } });
    await announce(evil, first, { header: { crit: ['b64'], b64: false } });
    await publish(signedEvent(first, authEventSubjects.revoked, body));
    await announce(evil, first, { iatMs: Date.now() - 61_000 });
    await announce(evil, first, { iatMs: Date.now() + 65_000 });
    // An access token of the same content, and a signature taken from one.
    const token = signedToken(first, { subject, iatMs: Date.now(), body });
    const [header, payload, signature] = token.split('.');
    await publish(token);
    await publish(JSON.stringify({ payload, signatures: [{ protected: header, signature }] }));
    await nothing();
    // The very same event, signed as it should be, is believed.
    await announce(evil, first);
    assert.ok(keys.trusted('evil'));
  });

  it('are not taken from an announcement that is repeated after a minute', async () => {
    let now = Date.now();
    const keys = createTokenKeys(nc, () => now);
    await keys.begin(ID);
    const recorded = signedEvent(first, subject, { v: 1, keys: [second.jwk] }, { iatMs: now });
    now += 61_000;
    await publish(recorded);
    assert.equal(keys.trusted('second'), undefined);
    now -= 1_000;
    await publish(recorded);
    assert.ok(keys.trusted('second'));
  });

  it('are of all replicas together, whichever of them spoke last', async () => {
    const keys = createTokenKeys(nc);
    await keys.pem('first', ID);
    await announce(second, first);
    for (const kid of ['first', 'second', 'first'])
      assert.match(String(await keys.pem(kid, ID)), /PUBLIC/, kid);
    await announce(first, first);
    assert.match(String(await keys.pem('second', ID)), /PUBLIC/);
    assert.deepEqual((await keys.jwks(ID)).keys, [first.jwk, second.jwk]);
    assert.equal(asked, 1);
  });

  it('stop serving ten minutes after no replica names them any more', async () => {
    let now = 0;
    const keys = createTokenKeys(nc, () => now);
    await keys.begin(ID);
    await announce(second, first, { iatMs: 0 });
    published = { keys: [second.jwk] };
    now = 600_000;
    await announce(second, second, { iatMs: now });
    assert.match(String(await keys.pem('first', ID)), /PUBLIC/);
    now = 600_001;
    await announce(second, second, { iatMs: now });
    assert.equal(await keys.pem('first', ID), undefined);
    assert.match(String(await keys.pem('second', ID)), /PUBLIC/);
  });

  it('are asked for after five minutes without an announcement', async () => {
    let now = 0;
    const keys = createTokenKeys(nc, () => now);
    await keys.begin(ID);
    now = 10_000;
    await announce(first, first, { iatMs: now });
    now = 310_000;
    await keys.pem('first', ID);
    assert.equal(asked, 1);
    now = 310_001;
    await keys.pem('first', ID);
    assert.equal(asked, 2);
  });

  it('are not changed by what is no announcement', async () => {
    const keys = createTokenKeys(nc);
    await keys.begin(ID);
    for (const text of ['', '{', '{"v":1}', '{"payload":"","signatures":[]}', '[]']) await publish(text);
    for (const body of [{ v: 1 }, { v: 2, keys: [second.jwk] }, { v: 1, keys: [{ kid: 'second' }] }, null]) {
      await publish(signedEvent(first, subject, body));
    }
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
