import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  type Actor,
  AppError,
  AUDIT_STREAM,
  auditEntrySchema,
  authEventSubjects,
  createApiToken,
  listApiTokens,
  listRevocations,
  registerUser,
  revokeApiToken,
  revokedSchema,
  type Scope,
  verifyApiToken,
} from '@sluice/contracts';
import { readSubject } from '@sluice/messaging';
import { announcingOn } from '../announcing.ts';
import { revocationRepository } from '../revocations/revocation-repository.ts';
import { makeRevocations } from '../revocations/revocations.ts';
import { type AuthUnderTest, authUnderTest, storedText } from '../testing/auth-under-test.ts';
import { eventBody } from '../testing/event-body.ts';
import { apiTokenRepository } from './api-token-repository.ts';
import { revokeTokensOf } from './revoke-tokens.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const query = { limit: 50 };

describe('API tokens', () => {
  let auth: AuthUnderTest;
  let ada: Actor;
  let bob: Actor;
  let aheadMs = 0;
  const now = () => new Date(Date.now() + aheadMs);

  before(async () => {
    auth = await authUnderTest({ now });
    [ada, bob] = await Promise.all([owner('ada@example.com'), owner('bob@example.com')]);
  });
  after(() => auth.stop());

  const owner = async (email: string): Promise<Actor> => {
    const { user, team } = await auth.ask(registerUser, { email, password: 'correct horse battery' });
    return { userId: user.id, teamId: team.id, address: '127.0.0.1' };
  };
  /** Somebody who belongs to a team without owning it. */
  const joined = async (email: string, teamId: string): Promise<Actor> => {
    const actor = { ...(await owner(email)), teamId };
    const { userId } = actor;
    await auth.db
      .collection('memberships')
      .insertOne({ userId, teamId, role: 'member', createdAt: new Date() });
    return actor;
  };
  const made = (actor: Actor, scopes: Scope[] = ['jobs:read']) =>
    auth.ask(createApiToken, { actor, body: { name: 'ci', scopes } });
  const proofOf = (token: string) => {
    const [, tokenId = '', secret = ''] = /^slc_([a-z2-7]{26})_([A-Za-z0-9_-]{43})$/.exec(token) ?? [];
    return { tokenId, secretHash: createHash('sha256').update(secret).digest('base64url') };
  };
  const verified = ({ token }: { token: string }) => auth.ask(verifyApiToken, proofOf(token));
  const refused = (answer: Promise<unknown>, code: string) =>
    assert.rejects(answer, (error: unknown) => error instanceof AppError && error.code === code);
  /** Runs something while auth's clock is ahead. */
  const later = async (ms: number, run: () => Promise<unknown>) => {
    aheadMs = ms;
    try {
      await run();
    } finally {
      aheadMs = 0;
    }
  };

  it('are shown once, and stored as a hash', async () => {
    const created = await made(ada, ['jobs:write', 'profiles:read']);
    const { tokenId, secretHash } = proofOf(created.token);
    assert.equal(created.id, tokenId);
    assert.deepEqual([created.createdBy, created.lastUsedAt], [ada.userId, null]);
    const { items } = await auth.ask(listApiTokens, { actor: ada, query });
    const { token, ...listed } = created;
    assert.deepEqual(
      items.find(({ id }) => id === tokenId),
      listed,
    );
    const stored = await storedText(auth);
    const secret = token.slice(-43);
    assert.ok(stored.includes(secretHash));
    assert.ok(!stored.includes(secret) && !JSON.stringify(items).includes(secretHash));
  });

  it('speak for their maker, in their team, within their scopes', async () => {
    const created = await made(ada, ['jobs:write', 'profiles:read']);
    assert.deepEqual(await verified(created), {
      tokenId: created.id,
      userId: ada.userId,
      teamId: ada.teamId,
      scopes: ['jobs:write', 'profiles:read'],
      expiresAt: created.expiresAt,
    });
  });

  it("are refused with another token's secret, with an unknown id, and after their end", async () => {
    const [one, other] = await Promise.all([made(ada), made(ada)]);
    const secretHash = proofOf(other.token).secretHash;
    await refused(auth.ask(verifyApiToken, { tokenId: one.id, secretHash }), 'unauthenticated');
    await refused(auth.ask(verifyApiToken, { tokenId: 'unknown', secretHash }), 'unauthenticated');
    await later(90 * DAY, () => refused(verified(one), 'unauthenticated'));
  });

  it('are listed newest first, by pages, with the minute of their last use', async () => {
    const actor = await owner('eve@example.com');
    const tokens = [await made(actor), await made(actor), await made(actor)];
    const first = await auth.ask(listApiTokens, { actor, query: { limit: 2 } });
    const cursor = first.nextCursor ?? '';
    const second = await auth.ask(listApiTokens, { actor, query: { limit: 2, cursor } });
    const ids = [...first.items, ...second.items].map(({ id }) => id);
    assert.deepEqual(ids.toSorted(), tokens.map(({ id }) => id).toSorted());
    assert.equal(second.nextCursor, null);

    const [used] = tokens;
    assert.ok(used);
    const lastUse = async () => {
      const { items } = await auth.ask(listApiTokens, { actor, query });
      return items.find(({ id }) => id === used.id)?.lastUsedAt ?? null;
    };
    assert.equal(await lastUse(), null);
    await verified(used);
    const noted = await lastUse();
    assert.ok(noted);
    await later(MINUTE / 2, () => verified(used));
    assert.equal(await lastUse(), noted);
    await later(2 * MINUTE, () => verified(used));
    assert.ok(Date.parse((await lastUse()) ?? '') >= Date.parse(noted) + MINUTE);
  });

  it('are managed by owners of their team alone, by a session', async () => {
    const created = await made(ada);
    const revoke = (actor: Actor) => auth.ask(revokeApiToken, { actor, tokenId: created.id });
    await refused(revoke(bob), 'not_found');
    const { teamId } = ada;
    for (const [actor, code] of [
      [{ ...ada, tokenId: created.id }, 'forbidden'],
      [await joined('cyd@example.com', teamId), 'forbidden'],
      [{ ...bob, teamId }, 'not_found'],
    ] as const) {
      await refused(revoke(actor), code);
      await refused(made(actor), code);
      await refused(auth.ask(listApiTokens, { actor, query }), code);
    }
    await verified(created);
  });

  it('are refused once they are revoked, and gateways are told before the answer', async () => {
    const created = await made(ada);
    const told: string[] = [];
    const heard = auth.nc.subscribe(authEventSubjects.revoked, {
      callback: (_error, msg) => {
        for (const one of revokedSchema.parse(eventBody(msg.string())).revocations) {
          if ('tokenId' in one) told.push(one.tokenId);
        }
      },
    });
    await auth.nc.flush();
    await auth.ask(revokeApiToken, { actor: ada, tokenId: created.id });
    assert.deepEqual(told, [created.id]);
    heard.unsubscribe();
    await refused(verified(created), 'unauthenticated');
    const { items } = await auth.ask(listRevocations, {});
    assert.ok(items.some((one) => 'tokenId' in one && one.tokenId === created.id));
    await refused(auth.ask(revokeApiToken, { actor: ada, tokenId: created.id }), 'not_found');
  });

  it('are in the audit log when they are made and when they are revoked, without their secret', async () => {
    const actor = await owner('log@example.com');
    const { userId, teamId, address } = actor;
    const { id, token, expiresAt } = await made(actor, ['jobs:write', 'profiles:read']);
    await auth.ask(revokeApiToken, { actor, tokenId: id });
    await refused(auth.ask(revokeApiToken, { actor, tokenId: id }), 'not_found');
    const messages = await readSubject(auth.nc, AUDIT_STREAM, `audit.${teamId}.token`);
    const entries = messages.map((message) => auditEntrySchema.parse(message.json()));
    assert.deepEqual(
      entries.map((entry) => [entry.action, entry.target.id, entry.actor, entry.details]),
      [
        [
          'token.created',
          id,
          { userId, address },
          { name: 'ci', scopes: 'jobs:write profiles:read', expiresAt },
        ],
        ['token.revoked', id, { userId, address }, undefined],
      ],
    );
    assert.ok(!JSON.stringify(entries).includes(token.slice(-43)));
  });

  it('serve no more when their maker is no owner of the team any more', async () => {
    const actor = await owner('max@example.com');
    const created = await made(actor);
    await verified(created);
    const memberships = auth.db.collection('memberships');
    const { userId, teamId } = actor;
    await memberships.updateOne({ userId, teamId }, { $set: { role: 'member' } });
    await refused(verified(created), 'unauthenticated');
    await memberships.updateOne({ userId, teamId }, { $set: { role: 'owner' } });
    await verified(created);
    await memberships.deleteOne({ userId, teamId });
    await refused(verified(created), 'unauthenticated');
  });

  it("are revoked together: one member's, or all of a team", async () => {
    const actor = await owner('zoe@example.com');
    const { userId, teamId } = actor;
    const mine = [await made(actor), await made(actor)];
    await auth.db.collection('memberships').insertOne({ ...bob, teamId, role: 'owner', createdAt: now() });
    const bobs = await made({ ...bob, teamId });
    const repository = revocationRepository(auth.db);
    const deps = {
      apiTokens: apiTokenRepository(auth.db),
      revocations: makeRevocations({ repository, announce: announcingOn(auth.nc), now }),
      audit: async <Result>(_change: object, make: () => Promise<Result>) => make(),
    };
    const by = { actor, teamId, requestId: 'request-of-a-test' };
    assert.equal(await revokeTokensOf(deps, { ...by, userId }), 2);
    for (const token of mine) await refused(verified(token), 'unauthenticated');
    await verified(bobs);
    assert.equal(await revokeTokensOf(deps, by), 1);
    await refused(verified(bobs), 'unauthenticated');
    const { items } = await auth.ask(listRevocations, {});
    for (const { id } of [...mine, bobs])
      assert.ok(items.some((one) => 'tokenId' in one && one.tokenId === id));
  });
});
