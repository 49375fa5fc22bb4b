import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AUDIT_STREAM,
  acceptInvite,
  createApiToken,
  createInvite,
  createProfile,
  deleteTeam,
  deleteTeamJobs,
  type Endpoint,
  getSealingKey,
  newId,
} from '@sluice/contracts';
import { readSubject, type Serving, serve, stopServing } from '@sluice/messaging';
import type { z } from 'zod';
import { accountRepository } from '../accounts/account-repository.ts';
import { announcingOn } from '../announcing.ts';
import type { Answer } from '../answering.ts';
import { apiTokenRepository } from '../api-tokens/api-token-repository.ts';
import { serveApiTokens } from '../api-tokens/endpoints.ts';
import { outboxRepository } from '../audit/outbox-repository.ts';
import { startAudit } from '../audit/start-audit.ts';
import { serveProfiles } from '../profiles/endpoints.ts';
import { profileRepository } from '../profiles/profile-repository.ts';
import { reservationRepository } from '../profiles/reservation-repository.ts';
import { revocationRepository } from '../revocations/revocation-repository.ts';
import { makeRevocations } from '../revocations/revocations.ts';
import { serveInvites } from '../teams/invite-endpoints.ts';
import { inviteRepository } from '../teams/invite-repository.ts';
import { memberRepository } from '../teams/member-repository.ts';
import { ownerCheck } from '../teams/require-rank.ts';
import { teamRepository } from '../teams/team-repository.ts';
import { type AuthUnderTest, authUnderTest } from '../testing/auth-under-test.ts';
import { type Person, peopleOf } from '../testing/people.ts';
import { contentRepository } from './content-repository.ts';
import { deletionRepository } from './deletion-repository.ts';
import { sweepDeletedTeams } from './remove-team.ts';

let auth: AuthUnderTest;
let people: ReturnType<typeof peopleOf>;
let jobs: Serving;
const stops: (() => Promise<void>)[] = [];
before(async () => {
  auth = await authUnderTest();
  people = peopleOf(auth);
  const removed = { jobs: 0, messages: 0, objects: 0 };
  const { log } = auth.deps;
  jobs = serve(auth.nc, 'jobs', deleteTeamJobs, async () => ({ done: true, removed }), { log });
  await auth.nc.flush();
});
after(async () => {
  await Promise.all(stops.map((stop) => stop()));
  await stopServing([jobs]);
  await auth.stop();
});

const body = { name: 'Main', provider: 'openai', model: 'gpt-x', apiKey: 'sk-marked-secret-1' } as const;
const remove = ({ actor, teamId, session }: Person) =>
  auth.ask(deleteTeam, { actor, teamId, body: { name: session.team.name } });
/** Every collection that names the team, but for what ends by itself after 20 minutes. */
const namedIn = async (teamId: string) => {
  const found: string[] = [];
  for (const collection of await auth.db.collections()) {
    if (['revocations', 'teamAftermath'].includes(collection.collectionName)) continue;
    if (JSON.stringify(await collection.find().toArray()).includes(teamId))
      found.push(collection.collectionName);
  }
  return found;
};

/** The parts of a second replica, on the same servers. */
function replica(now = () => new Date()) {
  const { db, nc, deps, config } = auth;
  const members = memberRepository(db);
  const announce = announcingOn(nc);
  const { audit, stop } = startAudit({ outbox: outboxRepository(db), nc, log: deps.log, now });
  const parts = {
    ...{ nc, announce, audit, now, log: deps.log, members, teams: teamRepository(db) },
    ...{ accounts: accountRepository(db), apiTokens: apiTokenRepository(db), invites: inviteRepository(db) },
    ...{ profiles: profileRepository(db), reservations: reservationRepository(db) },
    ...{ deletions: deletionRepository(db), content: contentRepository(db) },
    revocations: makeRevocations({ repository: revocationRepository(db), announce, now }),
    requireOwner: ownerCheck({ members }),
    sealingKeys: config.SEALING_PUBLIC_KEYS,
    allowedHosts: [],
  };
  stops.push(stop);
  return parts;
}
type Parts = ReturnType<typeof replica>;

/** Calls one endpoint of what `serveAll` serves, without NATS. */
function asking(serveAll: (answer: Answer) => void) {
  return async <Request extends z.ZodType, Reply extends z.ZodType>(
    wanted: Endpoint<Request, Reply>,
    request: z.input<Request>,
  ): Promise<void> => {
    const found: (() => Promise<unknown>)[] = [];
    serveAll(({ subject, request: schema }, handler) => {
      const context = { requestId: 'a-late-request' } as Parameters<typeof handler>[1];
      if (subject === wanted.subject) {
        found.push(() => handler(schema.parse(request) as Parameters<typeof handler>[0], context));
      }
    });
    const [only] = found;
    assert.ok(only && found.length === 1);
    await only();
  };
}

/** Somebody who is held up after a step: the whole deletion happens there. */
const held =
  <Given extends unknown[], Result>(step: (...given: Given) => Promise<Result>, meanwhile: Meanwhile) =>
  async (...given: Given): Promise<Result> => {
    const result = await step(...given);
    await meanwhile();
    return result;
  };
type Meanwhile = () => Promise<unknown>;

type Late = (parts: Parts, owner: Person, meanwhile: Meanwhile) => Promise<void>;
const late: Record<string, Late> = {
  'profile.created': (parts, { actor }, meanwhile) => {
    const requireOwner = held(parts.requireOwner, meanwhile);
    return asking((answer) => serveProfiles(answer, { ...parts, requireOwner }))(createProfile, {
      actor,
      body,
    });
  },
  'no entry: a reserved id': (parts, { actor }, meanwhile) => {
    const requireOwner = held(parts.requireOwner, meanwhile);
    return asking((answer) => serveProfiles(answer, { ...parts, requireOwner }))(getSealingKey, {
      actor,
      query: {},
    });
  },
  'token.created': (parts, { actor }, meanwhile) => {
    const accounts = { findAccount: held(parts.accounts.findAccount, meanwhile) };
    return asking((answer) => serveApiTokens(answer, { ...parts, accounts }))(createApiToken, {
      actor,
      body: { name: 'ci', scopes: ['jobs:read'] },
    });
  },
  'invite.created': (parts, { actor, teamId }, meanwhile) => {
    const members = { ...parts.members, find: held(parts.members.find, meanwhile) };
    return asking((answer) => serveInvites(answer, { ...parts, members }))(createInvite, {
      ...{ actor, teamId },
      body: { role: 'member' },
    });
  },
  'member.joined': async (parts, owner, meanwhile) => {
    const { actor } = await people.register();
    const { code } = await people.invite(owner);
    const teams = { ...parts.teams, nextRevision: held(parts.teams.nextRevision, meanwhile) };
    return asking((answer) => serveInvites(answer, { ...parts, teams }))(acceptInvite, { actor, code });
  },
};

for (const [action, write] of Object.entries(late)) {
  test(`who comes after the deletion takes back what they inserted (${action})`, async () => {
    const owner = await people.register();
    const parts = replica();
    const deleted: string[] = [];
    const meanwhile = async () => deleted.push((await remove(owner)).status);
    await assert.rejects(write(parts, owner, meanwhile), { code: 'not_found' });
    assert.deepEqual(deleted, ['deleted']);
    assert.deepEqual(await namedIn(owner.teamId), []);
    const entries = await readSubject(auth.nc, AUDIT_STREAM, `audit.${owner.teamId}.*`);
    assert.ok(!entries.some((entry) => JSON.stringify(entry.json()).includes(action)));
  });
}

test('what a crash leaves behind after the deletion is removed 20 minutes later', async () => {
  const [owner, other] = [await people.register(), await people.register()];
  const { teamId, userId } = owner;
  await remove(owner);
  await auth.ask(createProfile, { actor: other.actor, body });
  const otherBefore = await namedIn(other.teamId);

  // All that is left of replicas that were held up before their inserts and killed right after them.
  const leave = (name: string, fields: object) =>
    auth.db.collection<{ _id: string; teamId: string }>(name).insertOne({ _id: newId(), teamId, ...fields });
  await leave('profiles', { version: 1, createdAt: new Date(), sealedKey: {} });
  await leave('api_tokens', { createdBy: userId, createdAt: new Date() });
  await leave('invites', {
    codeHash: newId(),
    createdBy: userId,
    acceptedBy: null,
    expiresAt: new Date('2999'),
  });
  await leave('profileReservations', { expiresAt: new Date('2999') });
  await leave('memberships', { userId, role: 'owner', createdAt: new Date() });
  const left = (await namedIn(teamId)).toSorted();
  assert.deepEqual(left, ['api_tokens', 'invites', 'memberships', 'profileReservations', 'profiles']);

  const start = Date.now();
  let minutes = 19;
  const parts = replica(() => new Date(start + minutes * 60_000));
  await sweepDeletedTeams(parts);
  assert.deepEqual((await namedIn(teamId)).toSorted(), left);
  minutes = 21;
  await sweepDeletedTeams(parts);
  assert.deepEqual(await namedIn(teamId), []);
  assert.equal(await auth.db.collection<{ _id: string }>('teamAftermath').countDocuments({ _id: teamId }), 0);
  assert.deepEqual(await namedIn(other.teamId), otherBefore);
});
