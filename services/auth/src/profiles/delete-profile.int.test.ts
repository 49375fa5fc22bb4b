import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Actor,
  createProfile,
  deleteProfile,
  getProfile,
  getSealedProfile,
  newId,
  type ProfileBody,
  profileChangedSubject,
} from '@sluice/contracts';
import { type AuthUnderTest, authUnderTest } from '../testing/auth-under-test.ts';
import { memberOf } from '../testing/member-of.ts';

let auth: AuthUnderTest;
let owner: Actor;
before(async () => {
  auth = await authUnderTest();
  owner = await memberOf(auth);
});
after(() => auth.stop());

const create = (change: Partial<ProfileBody> = {}) =>
  auth.ask(createProfile, {
    actor: owner,
    body: { name: 'n', provider: 'openai', model: 'm', apiKey: 'sk-12345678', ...change },
  });
const remove = (profileId: string, ifVersion?: number[], actor = owner) =>
  auth.ask(deleteProfile, { actor, profileId, ...(ifVersion && { ifVersion }) });

test('a deleted profile is gone with its keys, and caches are told', async () => {
  const { id: profileId } = await create();
  const { teamId } = owner;
  const subscription = auth.nc.subscribe(profileChangedSubject(teamId, profileId), {
    max: 1,
    timeout: 5_000,
  });
  await auth.nc.flush();
  await remove(profileId);
  await assert.rejects(auth.ask(getProfile, { teamId, profileId }), { code: 'not_found' });
  await assert.rejects(auth.ask(getSealedProfile, { teamId, profileId }), { code: 'not_found' });
  for await (const message of subscription) {
    assert.deepEqual(message.json(), { v: 1, teamId, profileId, version: 2 });
  }
  await assert.rejects(remove(profileId), { code: 'not_found' });
});

test('a version that was named must be the current one', async () => {
  const { id } = await create();
  await assert.rejects(remove(id, [2]), { code: 'precondition_failed' });
  await remove(id, [1]);
});

test('a profile that others fall back to stays, and they are named', async () => {
  const { id } = await create();
  const other = await create({ name: 'Other', fallbackProfileIds: [id] });
  await assert.rejects(remove(id), {
    code: 'conflict',
    details: [{ path: 'fallbackProfileIds', message: `is a fallback of ${other.id} (Other)` }],
  });
  await remove(other.id);
  await remove(id);
});

test('only owners of the team delete profiles', async () => {
  const { id } = await create();
  const member = await memberOf(auth, { teamId: owner.teamId, role: 'member' });
  await assert.rejects(remove(id, undefined, member), { code: 'forbidden' });
  await assert.rejects(remove(id, undefined, await memberOf(auth)), { code: 'not_found' });
  await assert.rejects(remove(newId()), { code: 'not_found' });
  await remove(id);
});
