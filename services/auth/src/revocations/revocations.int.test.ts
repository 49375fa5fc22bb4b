import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  authEventSubjects,
  listRevocations,
  REVOCATIONS_PAGE,
  type Revocation,
  revokedSchema,
} from '@sluice/contracts';
import { announcingOn } from '../announcing.ts';
import { type AuthUnderTest, authUnderTest } from '../testing/auth-under-test.ts';
import { revocationRepository } from './revocation-repository.ts';
import { makeRevocations, type Revocations } from './revocations.ts';

const MINUTE = 60_000;
let auth: AuthUnderTest;
let revocations: Revocations;
let aheadMs = 0;
const now = () => new Date(Date.now() + aheadMs);
before(async () => {
  auth = await authUnderTest({ now });
  const repository = revocationRepository(auth.db);
  revocations = makeRevocations({ repository, announce: announcingOn(auth.nc), now });
});
after(() => auth.stop());

/** All pages. */
async function items(): Promise<Revocation[]> {
  const all: Revocation[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await auth.ask(listRevocations, cursor === undefined ? {} : { cursor });
    all.push(...page.items);
    cursor = page.nextCursor;
  }
  return all;
}

test('a revocation is announced, and stands in the list of any replica by then', async () => {
  const events = auth.nc.subscribe(authEventSubjects.revoked, { max: 4 });
  await revocations.revokeUser({ userId: 'u1' }, 'request-1');
  await revocations.revokeUser({ userId: 'u1', teamId: 't1' }, 'request-2');
  await revocations.revokeToken('k1', 'request-3');
  await revocations.revokeSession('s1', 'request-4');
  const heard = [];
  for await (const msg of events) {
    heard.push(...revokedSchema.parse(msg.json()).revocations);
    for (const one of heard) assert.ok(JSON.stringify(await items()).includes(JSON.stringify(one)));
  }
  assert.deepEqual(
    heard.map((one) => ('userId' in one ? [one.userId, one.teamId] : one)),
    [['u1', undefined], ['u1', 't1'], { tokenId: 'k1' }, { sessionId: 's1' }],
  );
});

test('revoking the same again moves it to the later time, and never back', async () => {
  const timeOf = async () => {
    const found = (await items()).filter((one) => 'userId' in one && one.userId === 'u2');
    assert.equal(found.length, 1);
    return found[0] && 'notBefore' in found[0] ? Date.parse(found[0].notBefore) : Number.NaN;
  };
  await revocations.revokeUser({ userId: 'u2' }, 'request-1');
  const first = await timeOf();
  try {
    aheadMs = MINUTE;
    await revocations.revokeUser({ userId: 'u2' }, 'request-2');
    const second = await timeOf();
    assert.ok(second >= first + MINUTE);
    aheadMs = 0;
    await revocations.revokeUser({ userId: 'u2' }, 'request-3');
    assert.equal(await timeOf(), second);
  } finally {
    aheadMs = 0;
  }
});

test('a session is listed for 20 minutes, a token for 2, and MongoDB removes them then', async () => {
  await revocations.revokeToken('k2', 'request-1');
  await revocations.revokeSession('s2', 'request-2');
  const listed = async () => {
    const ids = (await items()).flatMap((one) => Object.values(one));
    return ['k2', 's2'].filter((id) => ids.includes(id));
  };
  try {
    aheadMs = 2 * MINUTE - 1_000;
    assert.deepEqual(await listed(), ['k2', 's2']);
    aheadMs = 2 * MINUTE + 1_000;
    assert.deepEqual(await listed(), ['s2']);
    aheadMs = 19 * MINUTE;
    assert.deepEqual(await listed(), ['s2']);
    aheadMs = 20 * MINUTE + 1_000;
    assert.deepEqual(await listed(), []);
  } finally {
    aheadMs = 0;
  }
  const indexes = await auth.db.collection('revocations').indexes();
  assert.ok(
    indexes.some(({ key, expireAfterSeconds }) => key['expiresAt'] === 1 && expireAfterSeconds === 0),
  );
});

test('30,000 revocations are listed page by page, each once, in answers that fit a message', async () => {
  const expiresAt = new Date(now().getTime() + MINUTE);
  const stored = auth.db.collection<{ _id: string; userId: string; teamId: string; notBefore: Date }>(
    'revocations',
  );
  // The longest ids there are.
  const idOf = (n: number) => String(n).padStart(64, 'u');
  const ids = Array.from({ length: 30_000 }, (_, n) => idOf(n));
  const notBefore = now();
  await stored.insertMany(
    ids.map((userId) => ({
      ...{ _id: `user:${userId}:${userId}`, userId, teamId: userId },
      ...{ notBefore, expiresAt },
    })),
  );
  const listed = new Set((await items()).flatMap((one) => ('userId' in one ? [one.userId] : [])));
  assert.ok(ids.every((id) => listed.has(id)));
  const page = await auth.ask(listRevocations, {});
  assert.equal(page.items.length, REVOCATIONS_PAGE);
  assert.ok(JSON.stringify(page).length < 512 * 1024);
  const seen = (await items()).map((one) => JSON.stringify(one));
  assert.equal(new Set(seen).size, seen.length);
});
