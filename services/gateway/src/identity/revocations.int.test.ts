import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { AppError, authEventSubjects, listRevocations, type Revocation } from '@sluice/contracts';
import { connect, type NatsConnection, onStatus, type Serving, serve } from '@sluice/messaging';
import { createLogger } from '@sluice/telemetry';
import { testNats } from '@sluice/testing';
import type { Identity } from './identity.ts';
import { createRevocations, type Revocations } from './revocations.ts';

const log = createLogger({ service: 'gateway', level: 'silent' });
const apiToken = (id: string): Identity => ({
  ...{ userId: 'user1', teamId: 'team1', role: 'owner' },
  token: { id, scopes: ['jobs:read'] },
});

describe('revocations', () => {
  let nc: NatsConnection;
  let others: NatsConnection;
  let listed: Revocation[];
  let revocations: Revocations;
  let auth: Serving | undefined;

  const startAuth = async () => {
    auth = serve(others, 'auth', listRevocations, async () => ({ items: listed }), { log });
    await others.flush();
  };
  const announce = async (body: unknown) => {
    others.publish(authEventSubjects.revoked, JSON.stringify(body));
    await others.flush();
    // The event was sent to us before this answer.
    await nc.flush();
  };

  beforeEach(async () => {
    const login = await testNats();
    nc = await connect({ ...login, name: 'revocations-test' });
    others = await connect({ ...login, name: 'revocations-test-auth' });
    listed = [];
    auth = undefined;
  });
  afterEach(async () => {
    revocations.close();
    await auth?.stop();
    await Promise.all([nc.close(), others.close()]);
  });

  it('are read from the list at the start, and taken from events after it', async () => {
    listed = [{ tokenId: 'before' }];
    await startAuth();
    revocations = createRevocations({ nc, log });
    assert.equal(revocations.current, false);
    await revocations.settled();
    assert.equal(revocations.current, true);
    assert.equal(revocations.has(apiToken('before')), true);
    assert.equal(revocations.has(apiToken('later')), false);
    await announce({ v: 1, revocations: [{ tokenId: 'later' }] });
    assert.equal(revocations.has(apiToken('later')), true);
  });

  it('are asked for until auth answers, and nobody is let in before', async () => {
    revocations = createRevocations({ nc, log, settleMs: 1 });
    const unavailable = (error: unknown) => error instanceof AppError && error.code === 'unavailable';
    await assert.rejects(revocations.settled(), unavailable);
    listed = [{ tokenId: 'before' }];
    await startAuth();
    while (!revocations.current) await revocations.settled().catch(() => nc.flush());
    assert.equal(revocations.has(apiToken('before')), true);
  });

  it('are read again after a reconnect, with what was missed', async () => {
    await startAuth();
    revocations = createRevocations({ nc, log });
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
    revocations = createRevocations({ nc, log, settleMs: 1 });
    while (!revocations.current) await revocations.settled().catch(() => nc.flush());
    await auth?.stop();
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
    revocations = createRevocations({ nc, log });
    await revocations.settled();
    listed = [{ tokenId: 'unreadable' }];
    await announce({ v: 2 });
    await revocations.settled();
    assert.equal(revocations.has(apiToken('unreadable')), true);
  });

  it('end what is in use, once, and nothing that was released', async () => {
    await startAuth();
    revocations = createRevocations({ nc, log });
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
