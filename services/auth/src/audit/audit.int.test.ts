import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  AppError,
  AUDIT_STREAM,
  type AuditEntry,
  auditEntrySchema,
  newId,
  topologyOf,
} from '@sluice/contracts';
import { applyTopology, connect, type NatsConnection, readSubject } from '@sluice/messaging';
import { createLogger } from '@sluice/telemetry';
import type { Db } from 'mongodb';
import { connectDatabase } from '../database.ts';
import { testConfig } from '../testing/auth-under-test.ts';
import type { AuditedChange } from './audit.ts';
import { type OutboxRepository, outboxRepository } from './outbox-repository.ts';
import { startAudit } from './start-audit.ts';
import { ABANDONED_MS, sweepOutbox } from './sweep-outbox.ts';

const log = createLogger({ service: 'auth', level: 'silent' });
const now = () => new Date();
/** When everything that was intended until now counts as abandoned. */
const muchLater = () => new Date(Date.now() + ABANDONED_MS + 1_000);

const changeOf = (fields: Partial<AuditedChange> = {}): AuditedChange => ({
  actor: { userId: 'user1', teamId: 'team1', tokenId: 'token1', address: '203.0.113.7' },
  teamId: newId(),
  action: 'profile.created',
  target: { kind: 'profile', id: 'profile1' },
  details: { name: 'Main' },
  requestId: 'request-of-a-test',
  ...fields,
});

describe('the audit log of auth', () => {
  let nc: NatsConnection;
  let db: Db;
  let close: () => Promise<void>;
  let outbox: OutboxRepository;
  const left = () => db.collection('auditOutbox').find().toArray();
  const published = async (teamId: string): Promise<AuditEntry[]> => {
    const messages = await readSubject(nc, AUDIT_STREAM, `audit.${teamId}.*`);
    return messages.map((message) => auditEntrySchema.parse(message.json()));
  };

  before(async () => {
    const { config } = await testConfig();
    nc = await connect({ url: config.NATS_URL, name: 'audit-test' });
    await applyTopology(nc, topologyOf());
    ({ db, close } = await connectDatabase(config.DATABASE_URL));
    outbox = outboxRepository(db);
    await outbox.ensureIndexes();
  });
  beforeEach(() => db.collection('auditOutbox').deleteMany({}));
  after(async () => {
    await db.dropDatabase();
    await close();
    await nc.close();
  });

  it('has the entry before the change, and after it who did what, from where, by which request', async () => {
    const { audit, stop } = startAudit({ outbox, nc, log, now });
    const change = changeOf();
    const result = await audit(change, async () => {
      const [before] = await left();
      assert.equal(before?.['state'], 'intended');
      assert.deepEqual(await published(change.teamId), []);
      return 'made';
    });
    assert.equal(result, 'made');
    const [entry, ...more] = await published(change.teamId);
    const { id, at, ...rest } = entry as AuditEntry;
    assert.deepEqual([id.length, more], [26, []]);
    assert.ok(Date.parse(at) <= Date.now());
    assert.deepEqual(rest, {
      v: 1,
      teamId: change.teamId,
      action: 'profile.created',
      actor: { userId: 'user1', tokenId: 'token1', address: '203.0.113.7' },
      target: { kind: 'profile', id: 'profile1' },
      details: { name: 'Main' },
      requestId: 'request-of-a-test',
      outcome: 'done',
    });
    await stop();
    assert.deepEqual(await left(), []);
  });

  it('keeps nothing of a change that throws, and throws what it threw', async () => {
    const { audit, stop } = startAudit({ outbox, nc, log, now });
    const change = changeOf();
    const refused = new AppError('conflict', 'the last owner stays');
    await assert.rejects(
      audit(change, () => Promise.reject(refused)),
      refused,
    );
    await stop();
    await sweepOutbox({ outbox, nc, log, now: muchLater });
    assert.deepEqual([await left(), await published(change.teamId)], [[], []]);
  });

  it('does not make a change whose entry cannot be written', async () => {
    const away = { ...outbox, intend: () => Promise.reject(new Error('MongoDB is away')) };
    const { audit, stop } = startAudit({ outbox: away, nc, log, now });
    let made = false;
    await assert.rejects(
      audit(changeOf(), async () => {
        made = true;
      }),
      /MongoDB is away/,
    );
    await stop();
    assert.equal(made, false);
  });

  it('says of a change whose process ended in the middle that it may have happened', async () => {
    const change = changeOf();
    const begun = Promise.withResolvers<void>();
    const crashing = startAudit({ outbox, nc, log, now });
    // Never settles: all that a crash leaves is what the outbox holds.
    void crashing.audit(change, () => {
      begun.resolve();
      return new Promise(() => undefined);
    });
    await begun.promise;
    await sweepOutbox({ outbox, nc, log, now });
    assert.deepEqual(await published(change.teamId), [], 'it may still be going on');
    await sweepOutbox({ outbox, nc, log, now: muchLater });
    const outcomes = (await published(change.teamId)).map(({ outcome }) => outcome);
    assert.deepEqual([outcomes, await left()], [['unknown'], []]);
    await crashing.stop();
  });

  it('answers while the stream is away, and publishes when it is back', async () => {
    const change = changeOf();
    await nc.request(`$JS.API.STREAM.DELETE.${AUDIT_STREAM}`);
    const { audit, stop } = startAudit({ outbox, nc, log, now });
    assert.equal(await audit(change, async () => 'made'), 'made');
    assert.equal((await left())[0]?.['state'], 'done');
    await applyTopology(nc, topologyOf());
    await sweepOutbox({ outbox, nc, log, now });
    const outcomes = (await published(change.teamId)).map(({ outcome }) => outcome);
    assert.deepEqual([outcomes, await left()], [['done'], []]);
    await stop();
  });

  it('lets a slow change say done after another replica took it for abandoned', async () => {
    const change = changeOf();
    const { audit, stop } = startAudit({ outbox, nc, log, now });
    await audit(change, () => sweepOutbox({ outbox, nc, log, now: muchLater }));
    const entries = await published(change.teamId);
    assert.deepEqual(
      entries.map(({ outcome }) => outcome),
      ['unknown', 'done'],
    );
    assert.equal(new Set(entries.map(({ id }) => id)).size, 1);
    await stop();
  });

  it('publishes each entry once when two replicas sweep at once', async () => {
    const teamId = newId();
    const entries = Array.from({ length: 40 }, () => ({
      v: 1 as const,
      id: newId(),
      at: now().toISOString(),
      teamId,
      action: 'member.left' as const,
      actor: 'operator' as const,
      target: { kind: 'member' as const, id: 'user1' },
      requestId: 'request-of-a-test',
    }));
    await Promise.all(entries.map((entry) => outbox.confirm(entry, now())));
    const deps = { outbox, nc, log, now };
    await Promise.all([sweepOutbox(deps), sweepOutbox(deps)]);
    const ids = (await published(teamId)).map(({ id, outcome }) => `${id} ${outcome}`);
    assert.deepEqual(ids.sort(), entries.map(({ id }) => `${id} done`).sort());
    assert.deepEqual(await left(), []);
  });
});
