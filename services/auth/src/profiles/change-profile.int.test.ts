import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Actor,
  ANY_PROFILE_CHANGED,
  AppError,
  AUDIT_STREAM,
  auditEntrySchema,
  changeProfile,
  createProfile,
  getProfile,
  getSealedProfile,
  newId,
  type ProfileBody,
  type ProfilePatch,
  profileChangedSubject,
} from '@sluice/contracts';
import { readSubject } from '@sluice/messaging';
import { type Binding, open } from '@sluice/sealing';
import { type AuthUnderTest, authUnderTest, storedText } from '../testing/auth-under-test.ts';
import { memberOf } from '../testing/member-of.ts';
import { profileRepository } from './profile-repository.ts';

let auth: AuthUnderTest;
let owner: Actor;
before(async () => {
  auth = await authUnderTest();
  owner = await memberOf(auth);
});
after(() => auth.stop());

const KEY = 'sk-the-first-key-of-this-profile-7f3a';
const body: ProfileBody = { name: 'Main', provider: 'openai', model: 'gpt-x', apiKey: KEY };
const create = (change: Partial<ProfileBody> = {}) =>
  auth.ask(createProfile, { actor: owner, body: { ...body, ...change } });
const change = (profileId: string, patch: ProfilePatch, ifVersion?: number[], actor = owner) =>
  auth.ask(changeProfile, { actor, profileId, patch, ...(ifVersion && { ifVersion }) });
const whoIs = ({ userId, address }: Actor) => ({ userId, address });
const refusedAt =
  (...paths: string[]) =>
  (error: unknown) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'validation_failed');
    assert.deepEqual(
      error.details?.map(({ path }) => path),
      paths,
    );
    return true;
  };

/** The key that a runner opens in a slot, with the binding that it would use. */
async function opened(profileId: string, slot: Binding['slot'] = 'chat'): Promise<string> {
  const { teamId } = owner;
  const { provider, baseUrl, image, sealedKey } = await auth.ask(getSealedProfile, { teamId, profileId });
  const record = slot === 'chat' ? sealedKey : image?.sealedKey;
  assert.ok(record);
  const { origin } = new URL(slot === 'chat' ? baseUrl : (image?.baseUrl ?? baseUrl));
  return open(auth.ring, { team: teamId, profile: profileId, slot, provider, origin }, record);
}

test('a patch changes what it names, and the version', async () => {
  const { id, createdAt } = await create({
    params: { temperature: 1, maxTokens: 5 },
    limits: { requestsPerMinute: 9 },
  });
  const changed = await change(id, {
    model: 'gpt-y',
    params: { temperature: null, topP: 0.5 },
    limits: null,
  });
  assert.equal(changed.model, 'gpt-y');
  assert.deepEqual(changed.params, { topP: 0.5, maxTokens: 5 });
  assert.equal(changed.limits, undefined);
  assert.equal(changed.version, 2);
  assert.equal(changed.createdAt, createdAt);
  assert.equal(changed.keyHint, '7f3a');
  assert.deepEqual(await auth.ask(getProfile, { teamId: owner.teamId, profileId: id }), changed);
  assert.equal(await opened(id), KEY);
});

test('a patch that changes nothing keeps the version', async () => {
  const { id } = await create();
  assert.equal((await change(id, {})).version, 1);
  assert.equal((await change(id, { model: 'gpt-x', baseUrl: 'https://api.openai.com/v1' })).version, 1);
});

test('a new key replaces the old one, and neither is stored in plain text', async () => {
  const { id } = await create();
  const next = 'sk-the-second-key-of-this-profile-9c1d';
  const changed = await change(id, { apiKey: next });
  assert.deepEqual([changed.keyHint, changed.version], ['9c1d', 2]);
  assert.equal(await opened(id), next);
  const stored = await storedText(auth);
  assert.ok(!stored.includes(KEY) && !stored.includes(next));
});

test('another provider or host needs the key again; another path does not', async () => {
  const { id } = await create({ baseUrl: 'https://a.example/v1' });
  await assert.rejects(change(id, { provider: 'groq' }), refusedAt('apiKey'));
  await assert.rejects(change(id, { baseUrl: 'https://b.example/v1' }), refusedAt('apiKey'));
  await assert.rejects(change(id, { baseUrl: 'https://a.example:444/v1' }), refusedAt('apiKey'));
  await assert.rejects(change(id, { baseUrl: null }), refusedAt('apiKey'));
  assert.equal((await change(id, { baseUrl: 'https://A.example:443/v2' })).version, 2);
  assert.equal(await opened(id), KEY);
  await change(id, { baseUrl: 'https://b.example/v1', apiKey: 'sk-for-b-0000' });
  assert.equal(await opened(id), 'sk-for-b-0000');
});

test('a base URL that was the provider’s own follows the provider', async () => {
  const { id } = await create();
  const changed = await change(id, { provider: 'groq', apiKey: 'gsk-for-groq-1111' });
  assert.equal(changed.baseUrl, 'https://api.groq.com/openai/v1');
  assert.equal(await opened(id), 'gsk-for-groq-1111');
  await assert.rejects(change(id, { provider: 'vllm', apiKey: 'x' }), refusedAt('baseUrl'));
});

test('images have a key and an address of their own, and each slot is bound to its own', async () => {
  const { id, image } = await create({
    image: { model: 'img', apiKey: 'sk-for-images-2222', baseUrl: 'https://images.example' },
  });
  assert.deepEqual(image, { model: 'img', baseUrl: 'https://images.example', keyHint: '2222' });
  assert.equal(await opened(id, 'image'), 'sk-for-images-2222');
  await change(id, { image: { model: 'img2' } });
  assert.equal(await opened(id, 'image'), 'sk-for-images-2222');
  await assert.rejects(change(id, { image: { baseUrl: 'https://c.example' } }), refusedAt('image.apiKey'));
  await assert.rejects(change(id, { image: { apiKey: null } }), refusedAt('image.apiKey'));
  await assert.rejects(change(id, { provider: 'groq', apiKey: 'k' }), refusedAt('image.apiKey'));
  await change(id, { image: { baseUrl: 'https://c.example', apiKey: 'sk-for-c-3333' } });
  assert.deepEqual([await opened(id, 'image'), await opened(id)], ['sk-for-c-3333', KEY]);
  const without = await change(id, { image: null });
  assert.equal(without.image, undefined);
  const sealed = await auth.ask(getSealedProfile, { teamId: owner.teamId, profileId: id });
  assert.equal(sealed.image, undefined);
});

test('images without a key of their own stay where the chat key may go', async () => {
  await assert.rejects(create({ image: { baseUrl: 'https://images.example' } }), refusedAt('image.apiKey'));
  const { id, image } = await create({ image: { baseUrl: 'https://api.openai.com/images' } });
  assert.deepEqual(image, { baseUrl: 'https://api.openai.com/images' });
  const moved = change(id, { baseUrl: 'https://b.example', apiKey: 'sk-b-4444' });
  await assert.rejects(moved, refusedAt('image.apiKey'));
});

test('a provider that asks for no key may have none', async () => {
  const local = { provider: 'ollama', baseUrl: 'https://ollama.example/v1', apiKey: undefined } as const;
  const profile = await create(local);
  assert.equal(profile.keyHint, null);
  await change(profile.id, { baseUrl: 'https://other.example/v1' });
  await change(profile.id, { apiKey: 'sk-now-with-a-key' });
  assert.equal((await change(profile.id, { apiKey: null })).keyHint, null);
  await assert.rejects(create({ apiKey: undefined }), refusedAt('apiKey'));
});

test('a version that was named must be the current one', async () => {
  const { id } = await create();
  assert.equal((await change(id, { model: 'b' }, [1])).version, 2);
  await assert.rejects(change(id, { model: 'c' }, [1]), {
    code: 'precondition_failed',
    details: [{ path: 'headers.if-match', message: 'the current version is "2"' }],
  });
  await assert.rejects(change(id, { model: 'c' }, []), { code: 'precondition_failed' });
  assert.equal((await change(id, { model: 'c' }, [1, 2])).version, 3);
});

test('of many who change one version one succeeds', async () => {
  const { id } = await create();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) => change(id, { model: `m${index}` }, [1])),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  const { version } = await auth.ask(getProfile, { teamId: owner.teamId, profileId: id });
  assert.equal(version, 2);
});

test('changes at one moment to different fields are all kept, each with its version', async () => {
  const { id } = await create();
  const patches: ProfilePatch[] = [
    { name: 'n' },
    { model: 'm' },
    { params: { topP: 0.1 } },
    { params: { temperature: 0.2 } },
    { limits: { tokensPerMinute: 7 } },
    { pricing: { input: 1, output: 2 } },
    { image: { model: 'i' } },
  ];
  const versions = await Promise.all(patches.map(async (patch) => (await change(id, patch)).version));
  assert.deepEqual(versions.sort(), [2, 3, 4, 5, 6, 7, 8]);
  const { name, model, params, limits, pricing, image } = await auth.ask(getProfile, {
    teamId: owner.teamId,
    profileId: id,
  });
  assert.deepEqual([name, model, params], ['n', 'm', { topP: 0.1, temperature: 0.2 }]);
  assert.deepEqual([limits, image], [{ tokensPerMinute: 7 }, { model: 'i' }]);
  assert.deepEqual(pricing, { input: 1, output: 2, currency: 'USD' });
});

test('a record that was sealed anew since it was read is not overwritten', async () => {
  const { id } = await create();
  const repository = profileRepository(auth.db);
  const read = await repository.find(owner.teamId, id);
  assert.ok(read);
  const resealed = { keyId: 'k'.repeat(16), enc: 'e', ciphertext: 'sealed anew' };
  const stored = auth.db.collection<{ _id: string }>('profiles');
  await stored.updateOne({ _id: id }, { $set: { sealedKey: resealed } });
  assert.equal(await repository.replace(read, { ...read, model: 'n', version: 2 }), false);
  assert.equal((await change(id, { model: 'n' })).version, 2);
  const found = await auth.ask(getSealedProfile, { teamId: owner.teamId, profileId: id });
  assert.deepEqual([found.sealedKey, found.model], [resealed, 'n']);
});

test('the audit log names the fields of a change, and holds no key', async () => {
  const { id } = await create();
  const next = 'sk-the-next-key-8888';
  await change(id, { params: { topP: 1 }, model: 'n', apiKey: next });
  await change(id, { name: 'Renamed' });
  await change(id, { baseUrl: 'https://models.example.com/hidden/v1', apiKey: next });
  await assert.rejects(change(id, { model: 'o' }, [1]), { code: 'precondition_failed' });
  const messages = await readSubject(auth.nc, AUDIT_STREAM, `audit.${owner.teamId}.*`);
  const entries = messages
    .map((message) => auditEntrySchema.parse(message.json()))
    .filter(({ target }) => target.id === id);
  assert.deepEqual(
    entries.map(({ action, details, actor }) => [action, details, actor]),
    [
      ['profile.created', { provider: 'openai', model: 'gpt-x' }, whoIs(owner)],
      ['profile.changed', { fields: 'model, params.topP, apiKey' }, whoIs(owner)],
      ['profile.changed', { fields: 'name' }, whoIs(owner)],
      [
        'profile.changed',
        { fields: 'baseUrl, apiKey', origin: 'https://api.openai.com → https://models.example.com' },
        whoIs(owner),
      ],
    ],
  );
  assert.ok(!JSON.stringify(entries).includes(next));
});

test('a change is announced after it was written, with its version', async () => {
  const { id } = await create();
  const subscription = auth.nc.subscribe(ANY_PROFILE_CHANGED, { max: 1, timeout: 5_000 });
  await auth.nc.flush();
  await change(id, { model: 'n' });
  for await (const message of subscription) {
    assert.equal(message.subject, profileChangedSubject(owner.teamId, id));
    assert.deepEqual(message.json(), { v: 1, teamId: owner.teamId, profileId: id, version: 2 });
  }
});

test('fallbacks are profiles of the team, and none leads back', async () => {
  const [a, b, c] = await Promise.all([create(), create(), create()]);
  assert.deepEqual((await change(a.id, { fallbackProfileIds: [b.id, c.id] })).fallbackProfileIds, [
    b.id,
    c.id,
  ]);
  await change(b.id, { fallbackProfileIds: [c.id] });
  await assert.rejects(change(c.id, { fallbackProfileIds: [a.id] }), refusedAt('fallbackProfileIds.0'));
  await assert.rejects(change(c.id, { fallbackProfileIds: [c.id] }), refusedAt('fallbackProfileIds.0'));
  await assert.rejects(create({ fallbackProfileIds: [a.id, a.id] }), refusedAt('fallbackProfileIds.1'));
  const stranger = await memberOf(auth);
  const foreign = await auth.ask(createProfile, { actor: stranger, body });
  for (const unknown of [newId(), foreign.id, 'a.b']) {
    const missing = {
      code: 'not_found',
      details: [{ path: 'fallbackProfileIds.1', message: 'names no AI profile of this team' }],
    };
    await assert.rejects(create({ fallbackProfileIds: [a.id, unknown] }), missing);
    await assert.rejects(change(b.id, { fallbackProfileIds: [c.id, unknown] }), missing);
  }
  assert.equal((await change(a.id, { fallbackProfileIds: null })).fallbackProfileIds, undefined);
  await change(c.id, { fallbackProfileIds: [a.id] });
});

test('only owners of the team change profiles, and tokens that speak for them', async () => {
  const { id } = await create();
  const { teamId } = owner;
  const member = await memberOf(auth, { teamId, role: 'member' });
  const gone = { userId: newId(), teamId, address: '127.0.0.1' };
  const tokenId = newId();
  for (const [actor, code] of [
    [member, 'forbidden'],
    [{ ...member, tokenId }, 'forbidden'],
    [gone, 'not_found'],
  ] as const) {
    await assert.rejects(change(id, { model: 'n' }, undefined, actor), { code });
    await assert.rejects(auth.ask(createProfile, { actor, body }), { code });
  }
  const stranger = await memberOf(auth);
  await assert.rejects(change(id, { model: 'n' }, undefined, stranger), { code: 'not_found' });
  assert.equal((await change(id, { model: 'n' }, undefined, { ...owner, tokenId })).version, 2);
});
