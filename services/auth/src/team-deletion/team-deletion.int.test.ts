import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  ANY_PROFILE_CHANGED,
  AppError,
  AUDIT_STREAM,
  type AuditEntry,
  auditEntrySchema,
  createApiToken,
  createInvite,
  createProfile,
  deleteTeam,
  deleteTeamJobs,
  getIdentity,
  logIn,
  newId,
  type RemovedJobs,
  refreshSession,
  switchTeam,
} from '@sluice/contracts';
import { readSubject, type Serving, serve, stopServing } from '@sluice/messaging';
import { type AuthUnderTest, authUnderTest, storedText } from '../testing/auth-under-test.ts';
import { type Person, peopleOf } from '../testing/people.ts';
import { deletionRepository } from './deletion-repository.ts';

const address = '192.0.2.9';

describe('deleting a team', { timeout: 60_000 }, () => {
  let auth: AuthUnderTest;
  let people: ReturnType<typeof peopleOf>;
  const servings: Serving[] = [];
  before(async () => {
    auth = await authUnderTest();
    people = peopleOf(auth);
  });
  afterEach(() => stopServing(servings.splice(0)));
  after(() => auth.stop());

  /** jobs, as far as auth sees it: what it removes share by share, or a fault. */
  const answerAsJobs = async (shares: (RemovedJobs | AppError)[]) => {
    const asked: string[] = [];
    const answering = serve(
      auth.nc,
      'jobs',
      deleteTeamJobs,
      async ({ teamId }) => {
        asked.push(teamId);
        const removed = shares.shift();
        if (removed instanceof AppError) throw removed;
        if (!removed) throw new AppError('unavailable', 'asked too often');
        return { done: shares.length === 0, removed };
      },
      { log: auth.deps.log },
    );
    servings.push(answering);
    await auth.nc.flush();
    return asked;
  };
  const remove = ({ actor, teamId, session }: Person, name = session.team.name) =>
    auth.ask(deleteTeam, { actor, teamId, body: { name } });
  const body = { name: 'Main', provider: 'openai', model: 'gpt-x', apiKey: 'sk-marked-secret-1' } as const;
  const fill = async (owner: Person) => {
    await auth.ask(createProfile, { actor: owner.actor, body });
    await auth.ask(createApiToken, { actor: owner.actor, body: { name: 'ci', scopes: ['jobs:read'] } });
    await auth.ask(createInvite, { actor: owner.actor, teamId: owner.teamId, body: { role: 'member' } });
  };
  const entries = async (teamId: string): Promise<AuditEntry[]> =>
    (await readSubject(auth.nc, AUDIT_STREAM, `audit.${teamId}.*`)).map((one) =>
      auditEntrySchema.parse(one.json()),
    );
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

  it('removes all of it, counts it, tells runners and gateways, and leaves others alone', async () => {
    const owner = await people.register();
    const member = await people.join(owner);
    const other = await people.register();
    await Promise.all([fill(owner), fill(other)]);
    const otherBefore = await namedIn(other.teamId);
    const told: string[] = [];
    const listening = auth.nc.subscribe(ANY_PROFILE_CHANGED, {
      callback: (_error, message) => void told.push(message.subject.split('.')[1] ?? ''),
    });
    const asked = await answerAsJobs([
      { jobs: 2, messages: 9, objects: 1 },
      { jobs: 1, messages: 2, objects: 0 },
    ]);

    assert.deepEqual(await remove(owner), {
      teamId: owner.teamId,
      status: 'deleted',
      removed: {
        memberships: 2,
        invites: 1,
        profiles: 1,
        tokens: 1,
        sessions: 1,
        jobs: 3,
        messages: 11,
        objects: 1,
      },
    });
    assert.deepEqual(asked, [owner.teamId, owner.teamId]);
    await auth.nc.flush();
    assert.deepEqual(told, [owner.teamId]);
    listening.unsubscribe();
    assert.deepEqual(await namedIn(owner.teamId), []);
    const revoked = await auth.db.collection('revocations').find({ teamId: owner.teamId }).toArray();
    assert.deepEqual(
      revoked.map(({ userId }) => userId as string).sort(),
      [owner.userId, member.userId].sort(),
    );
    assert.deepEqual(await namedIn(other.teamId), otherBefore);
    assert.ok((await auth.ask(getIdentity, other)).team.id === other.teamId);

    const log = await entries(owner.teamId);
    const actions = log.map(({ action }) => action);
    assert.deepEqual(actions.slice(-3), ['team.deletion_started', 'token.revoked', 'team.deleted']);
    assert.deepEqual(log.at(-1)?.details, {
      ...{ memberships: 2, invites: 1, profiles: 1, tokens: 1, sessions: 1 },
      ...{ jobs: 3, messages: 11, objects: 1 },
    });
    assert.doesNotMatch(JSON.stringify(log), /sk-marked-secret|slc_|slinv_/);
  });

  it('wants the name of the team, and an owner', async () => {
    const owner = await people.register();
    const member = await people.join(owner);
    const stranger = await people.register();
    await assert.rejects(remove(owner, 'another name'), {
      code: 'validation_failed',
      details: [{ path: 'name', message: "is not the team's name" }],
    });
    const { teamId } = owner;
    const name = owner.session.team.name;
    const as = (actor: Person['actor']) => auth.ask(deleteTeam, { actor, teamId, body: { name } });
    await assert.rejects(as(member.actor), { code: 'forbidden' });
    await assert.rejects(as(stranger.actor), { code: 'not_found' });
    await assert.rejects(as({ ...owner.actor, tokenId: newId() }), { code: 'forbidden' });
    assert.equal((await auth.ask(getIdentity, owner)).team.id, teamId);
  });

  it('is refused to everybody from the mark on, and goes on after a crash', async () => {
    const owner = await people.register();
    await fill(owner);
    const { teamId, actor, session } = owner;
    const name = session.team.name;
    const removed = {
      memberships: 0,
      invites: 0,
      profiles: 0,
      tokens: 0,
      sessions: 0,
      jobs: 0,
      messages: 0,
      objects: 0,
    };
    // All that is left of an auth that was killed right after the mark.
    const deletion = { actor, requestId: 'request-of-a-crash', removed };
    assert.ok(await deletionRepository(auth.db).begin({ id: teamId, name }, deletion, new Date()));

    const { refreshToken } = session;
    await assert.rejects(auth.ask(refreshSession, { refreshToken, address }), { code: 'unauthenticated' });
    await assert.rejects(auth.ask(getIdentity, owner), { code: 'unauthenticated' });
    await assert.rejects(auth.ask(switchTeam, { actor, teamId }), { code: 'not_found' });
    await assert.rejects(remove(owner), { code: 'not_found' });

    const asked = await answerAsJobs([
      new AppError('unavailable', 'MongoDB is away'),
      { jobs: 1, messages: 2, objects: 3 },
    ]);
    await auth.restart();
    while ((await namedIn(teamId)).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(asked.length, 2);
    const [entry] = (await entries(teamId)).filter(({ action }) => action === 'team.deleted');
    assert.equal(entry?.requestId, 'request-of-a-crash');
    assert.deepEqual([entry?.details?.['profiles'], entry?.details?.['objects']], [1, 3]);
  });

  it('answers what was removed so far when jobs is away', async () => {
    const owner = await people.register();
    const { status, removed } = await remove(owner);
    assert.deepEqual([status, removed.memberships, removed.jobs], ['deleting', 1, 0]);
    assert.deepEqual(await namedIn(owner.teamId), ['teams']);
  });

  it('leaves the user, who logs in to a team of their own', async () => {
    const owner = await people.register();
    await answerAsJobs([{ jobs: 0, messages: 0, objects: 0 }]);
    await remove(owner);
    const again = await auth.ask(logIn, {
      email: owner.session.user.email,
      password: 'long enough',
      address,
    });
    assert.equal(again.user.id, owner.userId);
    assert.notEqual(again.team.id, owner.teamId);
    assert.ok(!(await storedText(auth)).includes('sk-marked-secret'));
  });
});
