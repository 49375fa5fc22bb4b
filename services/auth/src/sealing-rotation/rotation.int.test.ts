import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  ANY_PROFILE_CHANGED,
  AUDIT_STREAM,
  auditEntrySchema,
  createProfile,
  getProfile,
  type KeyInSlot,
  listSealedKeys,
  newId,
  type ProfileBody,
  replaceSealedKey,
  type StoredKey,
} from '@sluice/contracts';
import { readSubject } from '@sluice/messaging';
import { keyRing, parsePublicKeys, publicKeys, seal } from '@sluice/sealing';
import { type AuthUnderTest, authUnderTest } from '../testing/auth-under-test.ts';
import { memberOf } from '../testing/member-of.ts';

const KEY = 'sk-a-key-that-nobody-may-see-7f3a';
const body: ProfileBody = { name: 'Main', provider: 'openai', model: 'gpt-x', apiKey: KEY };
const LEGACY = { legacy: 'AAECAwQFBgcICQoL.uxIzpWlA5KL22GpmW1ZC0g==.Rx5QQzaOpgMglSQ8J3RyH53IXw==' };

const next = await keyRing('the next secret', 'the runners of this test file');
let auth: AuthUnderTest;
before(async () => {
  auth = await authUnderTest();
  await auth.restart({ SEALING_PUBLIC_KEYS: await parsePublicKeys(publicKeys(next)) });
});
after(() => auth.stop());

const create = async (teamId: string, change: Partial<ProfileBody> = {}) =>
  auth.ask(createProfile, { actor: await memberOf(auth, { teamId }), body: { ...body, ...change } });
const store = (profileId: string, field: string, record: StoredKey) =>
  auth.db
    .collection<{ _id: string }>('profiles')
    .updateOne({ _id: profileId }, { $set: { [field]: record } });
const resealed = ({ teamId, profileId, slot, provider, origin }: KeyInSlot) =>
  seal(next.current, { team: teamId, profile: profileId, slot, provider, origin }, KEY);

/** All that is listed, in pages of this many profiles. */
const listed = async (limit?: number): Promise<KeyInSlot[]> => {
  const all: KeyInSlot[] = [];
  let after: string | null = null;
  do {
    const page: { items: KeyInSlot[]; next: string | null } = await auth.ask(listSealedKeys, {
      ...(limit !== undefined && { limit }),
      ...(after !== null && { after }),
    });
    all.push(...page.items);
    after = page.next;
  } while (after !== null);
  return all;
};
const onlyOf = async (profileId: string): Promise<KeyInSlot> => {
  const [found, ...others] = (await listed()).filter((one) => one.profileId === profileId);
  assert.ok(found && others.length === 0);
  return found;
};

test('records of all teams and both slots are listed with what they are bound to, each once, in any page size', async () => {
  const made = await Promise.all(Array.from({ length: 5 }, () => create(newId())));
  const teamId = newId();
  const both = await create(teamId, {
    image: { baseUrl: 'https://images.example:8443/v1', apiKey: 'sk-for-images-alone' },
  });
  const keyless = await create(newId());
  await auth.db
    .collection<{ _id: string }>('profiles')
    .updateOne({ _id: keyless.id }, { $unset: { sealedKey: 1 } });

  const all = await listed();
  for (const limit of [1, 2, 6, 7]) assert.deepEqual(await listed(limit), all, `pages of ${limit}`);
  const ids = all.map(({ profileId }) => profileId);
  assert.deepEqual(ids, ids.toSorted());
  assert.ok(made.every(({ id }) => ids.filter((one) => one === id).length === 1));
  assert.ok(!ids.includes(keyless.id));
  assert.deepEqual(
    all.filter(({ profileId }) => profileId === both.id).map(({ record: _, ...bound }) => bound),
    [
      {
        teamId,
        profileId: both.id,
        slot: 'chat',
        provider: 'openai',
        version: 1,
        origin: 'https://api.openai.com',
      },
      {
        teamId,
        profileId: both.id,
        slot: 'image',
        provider: 'openai',
        version: 1,
        origin: 'https://images.example:8443',
      },
    ],
  );
});

test('a record is replaced, announced to caches and audited; the profile shows no change', async () => {
  const teamId = newId();
  const profile = await create(teamId);
  const earlier = await seal(
    auth.ring.current,
    { team: teamId, profile: profile.id, slot: 'chat', provider: 'openai', origin: 'https://api.openai.com' },
    KEY,
  );
  await store(profile.id, 'sealedKey', earlier);
  const held = await onlyOf(profile.id);
  const to = await resealed(held);
  const changes = auth.nc.subscribe(ANY_PROFILE_CHANGED, { max: 1 });
  await auth.nc.flush();

  await auth.ask(replaceSealedKey, { teamId, profileId: profile.id, slot: 'chat', from: held.record, to });

  assert.deepEqual((await onlyOf(profile.id)).record, to);
  assert.deepEqual(await auth.ask(getProfile, { teamId, profileId: profile.id }), profile);
  for await (const message of changes) {
    assert.deepEqual(message.json(), { v: 1, teamId, profileId: profile.id, version: 1 });
  }
  const entries = await readSubject(auth.nc, AUDIT_STREAM, `audit.${teamId}.*`);
  const entry = entries
    .map((message) => auditEntrySchema.parse(message.json()))
    .find(({ action }) => action === 'profile.resealed');
  assert.ok(entry);
  const { actor, target, details } = entry;
  assert.deepEqual(
    { actor, target, details },
    {
      actor: 'operator',
      target: { kind: 'profile', id: profile.id },
      details: { slot: 'chat', from: earlier.keyId, to: to.keyId },
    },
  );
});

test('an older record is replaced, whatever the order of its fields, in either slot', async () => {
  const teamId = newId();
  const { id: profileId } = await create(teamId, { image: { model: 'painter' } });
  await store(profileId, 'image.sealedKey', LEGACY);
  const { keyId, enc, ciphertext } = (await onlyOfSlot(profileId, 'chat')).record as Exclude<
    StoredKey,
    typeof LEGACY
  >;
  await store(profileId, 'sealedKey', { ciphertext, enc, keyId });
  for (const slot of ['chat', 'image'] as const) {
    const held = await onlyOfSlot(profileId, slot);
    const to = await resealed(held);
    await auth.ask(replaceSealedKey, { teamId, profileId, slot, from: held.record, to });
    assert.deepEqual((await onlyOfSlot(profileId, slot)).record, to);
  }
});
const onlyOfSlot = async (profileId: string, slot: 'chat' | 'image'): Promise<KeyInSlot> => {
  const found = (await listed()).find((one) => one.profileId === profileId && one.slot === slot);
  assert.ok(found);
  return found;
};

test('of changes at once one wins, and nothing is audited of those that lost', async () => {
  const teamId = newId();
  const { id: profileId } = await create(teamId);
  const held = await onlyOf(profileId);
  const replacements = await Promise.all(Array.from({ length: 8 }, () => resealed(held)));
  const tried = await Promise.allSettled(
    replacements.map((to) =>
      auth.ask(replaceSealedKey, { teamId, profileId, slot: 'chat', from: held.record, to }),
    ),
  );
  const lost = tried.filter((one) => one.status === 'rejected');
  assert.equal(lost.length, 7);
  for (const { reason } of lost) assert.equal(reason.code, 'conflict');
  const winner = tried.findIndex(({ status }) => status === 'fulfilled');
  assert.deepEqual((await onlyOf(profileId)).record, replacements[winner]);
  const entries = await readSubject(auth.nc, AUDIT_STREAM, `audit.${teamId}.*`);
  const actions = entries.map((message) => auditEntrySchema.parse(message.json()).action);
  assert.equal(actions.filter((action) => action === 'profile.resealed').length, 1);
});

test('a record sealed to another key than auth seals to is refused, and so is one of another team', async () => {
  const teamId = newId();
  const { id: profileId } = await create(teamId);
  const held = await onlyOf(profileId);
  const replace = (change: object) =>
    auth.ask(replaceSealedKey, { teamId, profileId, slot: 'chat', from: held.record, to: stale, ...change });
  const stale = { ...(await resealed(held)), keyId: auth.ring.current.keyId };
  await assert.rejects(replace({}), { code: 'precondition_failed' });
  const to = await resealed(held);
  await assert.rejects(replace({ to, teamId: newId() }), { code: 'conflict' });
  await assert.rejects(replace({ to, slot: 'image' }), { code: 'conflict' });
  assert.deepEqual((await onlyOf(profileId)).record, held.record);
});
