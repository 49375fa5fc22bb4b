import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type AuditEntry, auditQuerySchema, auditSubject, newId } from '@sluice/contracts';
import { publishStored } from '@sluice/messaging';
import fc from 'fast-check';
import { MongoClient } from 'mongodb';
import { keptLog, openWorld, until } from '../jobs/testing/jobs-world.ts';
import { type AuditCollection, auditCollection } from './audit-document.ts';
import { projectEntries, startAuditProjector } from './audit-projector.ts';
import { answerAudit } from './list-audit.ts';

const entryOf = (fields: Partial<AuditEntry> = {}): AuditEntry => ({
  v: 1,
  id: newId(),
  at: '2026-01-01T00:00:00.000Z',
  teamId: 'team1',
  action: 'token.created',
  actor: { userId: 'user1', address: '203.0.113.7' },
  target: { kind: 'token', id: 'token1' },
  requestId: 'request-1',
  outcome: 'done',
  ...fields,
});
const messageOf = (entry: AuditEntry, sequence = 1) => ({
  subject: auditSubject(entry.teamId, entry.target.kind),
  sequence,
  data: Buffer.from(JSON.stringify(entry)),
});
const query = (fields: object = {}) => auditQuerySchema.parse(fields);

describe('the audit log in MongoDB', { timeout: 60_000 }, () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  let client: MongoClient;
  let audit: AuditCollection;
  before(async () => {
    world = await openWorld();
    client = await new MongoClient(world.config.databaseUrl).connect();
    audit = auditCollection(client.db());
  });
  beforeEach(() => audit.deleteMany({}));
  after(async () => {
    await client.close();
    await world.close();
  });
  const list = (fields: object = {}, teamId = 'team1') =>
    answerAudit({ audit }, { teamId, query: query(fields) });

  it('has an entry once, and done once that is known, in any order and as often as it comes', async () => {
    const entry = entryOf({ details: { name: 'ci', expires: null } });
    const told = [messageOf({ ...entry, outcome: 'unknown' }), messageOf(entry)];
    const order = fc.shuffledSubarray([...told, ...told], { minLength: 2 });
    await fc.assert(
      fc.asyncProperty(order, fc.boolean(), async (messages, apart) => {
        await audit.deleteMany({});
        const log = keptLog();
        if (apart) for (const one of messages) await projectEntries({ audit, log }, [one]);
        else await projectEntries({ audit, log }, messages);
        const outcome = messages.some((one) => one.data.includes('"done"')) ? 'done' : 'unknown';
        const { v: _, teamId: __, ...item } = entry;
        assert.deepEqual((await list()).items, [{ ...item, outcome }]);
      }),
      { numRuns: 20 },
    );
  });

  it('follows the stream with two projectors at once, and passes over what is no entry', async () => {
    const log = keptLog();
    const projectors = [1, 2].map(() => startAuditProjector({ nc: world.nc, audit, log }));
    const publish = ({ subject, data }: { subject: string; data: Uint8Array }) =>
      publishStored(world.nc, { subject, body: data });
    await publish({ subject: 'audit.team1.token', data: Buffer.from('{"secret":"hush"}') });
    await publish({ ...messageOf(entryOf({ teamId: 'team2' })), subject: 'audit.team1.token' });
    const entries = Array.from({ length: 300 }, () => entryOf());
    await Promise.all([...entries, ...entries].map((entry) => publish(messageOf(entry))));
    await until(async () => (await audit.countDocuments()) === entries.length);
    await Promise.all(projectors.map((projector) => projector.stop()));
    assert.equal(await audit.countDocuments({ teamId: 'team1', outcome: 'done' }), entries.length);
    const errors = log.lines.filter(({ level }) => level === 'error');
    assert.equal(errors.length, 2);
    assert.doesNotMatch(JSON.stringify(errors), /hush/);
  });

  it('is listed newest first, by pages without gaps or repeats, to its own team alone', async () => {
    const entries = Array.from({ length: 7 }, (_, index) =>
      entryOf({ at: `2026-01-0${1 + Math.floor(index / 3)}T00:00:00.000Z` }),
    );
    await projectEntries(
      { audit, log: keptLog() },
      [...entries, entryOf({ teamId: 'team2' })].map((e) => messageOf(e)),
    );
    const ids: string[] = [];
    const times: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await list({ limit: 2, ...(cursor && { cursor }) });
      ids.push(...page.items.map(({ id }) => id));
      times.push(...page.items.map(({ at }) => at));
      cursor = page.nextCursor;
    }
    assert.deepEqual(ids.toSorted(), entries.map(({ id }) => id).toSorted());
    assert.deepEqual(times, times.toSorted().reverse());
    await assert.rejects(list({ cursor: 'nonsense' }), { code: 'validation_failed' });
  });

  it('is found by action, actor, token, target and time', async () => {
    const mine = entryOf({ at: '2026-02-01T00:00:00.000Z' });
    const others = {
      action: entryOf({ action: 'token.revoked' }),
      actor: entryOf({ actor: { userId: 'user2', tokenId: 'token9', address: '::1' } }),
      target: entryOf({ target: { kind: 'token', id: 'token2' } }),
      operator: entryOf({ actor: 'operator' }),
    };
    await projectEntries(
      { audit, log: keptLog() },
      [mine, ...Object.values(others)].map((e) => messageOf(e)),
    );
    const found = async (fields: object) => (await list(fields)).items.map(({ id }) => id);
    assert.deepEqual(await found({ action: 'token.revoked' }), [others.action.id]);
    assert.deepEqual(await found({ actor: 'user2' }), [others.actor.id]);
    assert.deepEqual(await found({ actor: 'token9' }), [others.actor.id]);
    assert.deepEqual(await found({ actor: 'operator' }), [others.operator.id]);
    assert.deepEqual(await found({ target: 'token2' }), [others.target.id]);
    assert.deepEqual(await found({ from: '2026-02-01T00:00:00.000Z' }), [mine.id]);
    assert.deepEqual(await found({ from: mine.at, to: mine.at }), []);
    assert.equal((await found({ to: mine.at })).length, 4);
  });
});
