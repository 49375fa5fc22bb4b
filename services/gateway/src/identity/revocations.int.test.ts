import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  AppError,
  authEventSubjects,
  getJwks,
  listRevocations,
  REVOCATIONS_PAGE,
  type Revocation,
} from '@sluice/contracts';
import { connect, type NatsConnection, onStatus, type Serving, serve, stopServing } from '@sluice/messaging';
import { createLogger } from '@sluice/telemetry';
import { testNats } from '@sluice/testing';
import { type EventChanges, signedEvent } from '../testing/signed-event.ts';
import { type SigningKey, signedToken, signingKey } from '../testing/signed-token.ts';
import type { Identity } from './identity.ts';
import { createRevocations, type Revocations } from './revocations.ts';
import { createTokenKeys } from './token-keys.ts';

const log = createLogger({ service: 'gateway', level: 'silent' });
const FAR = '2999-01-01T00:00:00.000Z';
const apiToken = (id: string): Identity => ({
  ...{ userId: 'user1', teamId: 'team1', role: 'owner' },
  token: { id, scopes: ['jobs:read'] },
});

describe('revocations', () => {
  let nc: NatsConnection;
  let others: NatsConnection;
  let listed: Revocation[];
  let revocations: Revocations;
  let auth: Serving[];
  let asked: number;
  const key = signingKey('key1');
  const subject = authEventSubjects.revoked;

  const startAuth = async () => {
    const page = async ({ cursor = '0' }: { cursor?: string | undefined }) => {
      asked += 1;
      const end = Number(cursor) + REVOCATIONS_PAGE;
      return {
        items: listed.slice(Number(cursor), end),
        nextCursor: end < listed.length ? String(end) : null,
      };
    };
    auth = [
      serve(others, 'auth', listRevocations, page, { log }),
      serve(others, 'auth', getJwks, async () => ({ keys: [key.jwk] }), { log }),
    ];
    await others.flush();
  };
  const create = (options: { settleMs?: number; now?: () => number } = {}) =>
    createRevocations({ nc, log, tokens: createTokenKeys(nc), ...options });
  const announce = (body: unknown, by: SigningKey = key, changes: EventChanges = {}) =>
    publish(signedEvent(by, subject, body, changes));
  const publish = async (text: string) => {
    others.publish(subject, text);
    await others.flush();
    // The event was sent to us before this answer.
    await nc.flush();
  };

  beforeEach(async () => {
    const login = await testNats();
    nc = await connect({ ...login, name: 'revocations-test' });
    others = await connect({ ...login, name: 'revocations-test-auth' });
    listed = [];
    auth = [];
    asked = 0;
  });
  afterEach(async () => {
    revocations.close();
    await stopServing(auth);
    await Promise.all([nc.close(), others.close()]);
  });

  it('are read from the list at the start, and taken from events after it', async () => {
    listed = [{ tokenId: 'before' }];
    await startAuth();
    revocations = create();
    assert.equal(revocations.current, false);
    await revocations.settled();
    assert.equal(revocations.current, true);
    assert.equal(revocations.has(apiToken('before')), true);
    assert.equal(revocations.has(apiToken('later')), false);
    await announce({ v: 1, revocations: [{ tokenId: 'later' }] });
    assert.equal(revocations.has(apiToken('later')), true);
  });

  it('are asked for until auth answers, and nobody is let in before', async () => {
    revocations = create({ settleMs: 1 });
    const unavailable = (error: unknown) => error instanceof AppError && error.code === 'unavailable';
    await assert.rejects(revocations.settled(), unavailable);
    listed = [{ tokenId: 'before' }];
    await startAuth();
    while (!revocations.current) await revocations.settled().catch(() => nc.flush());
    assert.equal(revocations.has(apiToken('before')), true);
  });

  it('are read again after a reconnect, with what was missed', async () => {
    await startAuth();
    revocations = create();
    await revocations.settled();
    listed = [{ tokenId: 'missed' }];
    const away = new Promise<void>((resolve) => {
      onStatus(nc, ({ type }) => void (type === 'disconnect' && resolve()));
    });
    await nc.reconnect();
    await away;
    await revocations.settled();
    assert.equal(revocations.current, true);
    assert.equal(revocations.has(apiToken('missed')), true);
  });

  it('that were known keep serving while auth is away after a reconnect', async () => {
    listed = [{ tokenId: 'before' }];
    await startAuth();
    revocations = create({ settleMs: 1 });
    while (!revocations.current) await revocations.settled().catch(() => nc.flush());
    await stopServing(auth.splice(0));
    const away = new Promise<void>((resolve) => {
      onStatus(nc, ({ type }) => void (type === 'disconnect' && resolve()));
    });
    await nc.reconnect();
    await away;
    await revocations.settled();
    assert.equal(revocations.current, false);
    assert.equal(revocations.has(apiToken('before')), true);
  });

  it('that cannot be read from an event are read from the list', async () => {
    await startAuth();
    revocations = create();
    await revocations.settled();
    listed = [{ tokenId: 'unreadable' }];
    await announce({ v: 2 });
    await revocations.settled();
    assert.equal(revocations.has(apiToken('unreadable')), true);
  });

  it('that were forged change nothing; the list is asked what there was to them', async () => {
    await startAuth();
    revocations = create();
    await revocations.settled();
    const body = { v: 1, revocations: [{ tokenId: 'victim' }, { userId: 'user1', notBefore: FAR }] };
    const evil = signingKey('evil');
    await publish(JSON.stringify(body));
    await announce(body, evil);
    await announce(body, signingKey('key1'));
    await announce(body, key, { iatMs: Date.now() - 61_000 });
    await announce(body, key, { iatMs: Date.now() + 65_000 });
    await publish(signedEvent(key, authEventSubjects.jwks, body));
    const token = signedToken(key, { subject, iatMs: Date.now(), body });
    const [header, payload, signature] = token.split('.');
    await publish(token);
    await publish(JSON.stringify({ payload, signatures: [{ protected: header, signature }] }));
    const session: Identity = { userId: 'user1', teamId: 'team1', role: 'owner', issuedAtMs: 1_000 };
    assert.equal(revocations.current, true);
    while (asked < 2) await nc.flush();
    for (const who of [apiToken('victim'), session]) assert.equal(revocations.has(who), false);
    assert.equal(revocations.current, true);
    assert.ok(asked <= 3, `${asked} questions`);
    await announce(body);
    for (const who of [apiToken('victim'), session]) assert.equal(revocations.has(who), true);
  });

  it('that are repeated a minute later change nothing', async () => {
    await startAuth();
    let now = Date.now();
    revocations = create({ now: () => now });
    await revocations.settled();
    const recorded = signedEvent(key, subject, { v: 1, revocations: [{ tokenId: 'a' }] }, { iatMs: now });
    now += 61_000;
    await publish(recorded);
    assert.equal(revocations.has(apiToken('a')), false);
    now -= 1_000;
    await publish(recorded);
    assert.equal(revocations.has(apiToken('a')), true);
  });

  it('that a key signed which is not known here are read from the list', async () => {
    await startAuth();
    revocations = create();
    await revocations.settled();
    listed = [{ tokenId: 'genuine' }];
    await announce({ v: 1, revocations: listed }, signingKey('after'));
    while (!revocations.has(apiToken('genuine'))) await nc.flush();
    assert.equal(revocations.current, true);
  });

  it('may be 30,000, and a gateway that starts knows them all', async () => {
    listed = Array.from({ length: 30_000 }, (_, n) => ({ tokenId: `token${n}`.padEnd(64, 'x') }));
    await startAuth();
    revocations = create();
    await revocations.settled();
    assert.equal(revocations.current, true);
    for (const one of listed) assert.ok('tokenId' in one && revocations.has(apiToken(one.tokenId)));
    assert.equal(asked, 15);
  });

  it('end what is in use, once, and nothing that was released', async () => {
    await startAuth();
    revocations = create();
    await revocations.settled();
    const ended: string[] = [];
    revocations.whileInUse(apiToken('a'), () => ended.push('a'));
    revocations.whileInUse(apiToken('b'), () => ended.push('b'));
    revocations.whileInUse(apiToken('a'), () => ended.push('released'))();
    await announce({ v: 1, revocations: [{ tokenId: 'a' }] });
    await announce({ v: 1, revocations: [{ tokenId: 'a' }] });
    assert.deepEqual(ended, ['a']);
  });
});
