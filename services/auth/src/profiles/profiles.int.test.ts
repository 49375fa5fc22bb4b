import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  ANY_PROFILE_CHANGED,
  AppError,
  createProfile,
  getProfile,
  getSealedProfile,
  HEADERS,
  listProfiles,
  newId,
  type ProfileBody,
  profileChangedSubject,
  resolveProfile,
} from '@sluice/contracts';
import { open, SealingError } from '@sluice/sealing';
import { type AuthUnderTest, authUnderTest, storedText } from '../testing/auth-under-test.ts';
import { memberOf } from '../testing/member-of.ts';

let auth: AuthUnderTest;
before(async () => {
  auth = await authUnderTest({ change: { PROVIDER_ALLOWED_HOSTS: ['127.0.0.1:9000'] } });
});
after(() => auth.stop());

const KEY = 'sk-a-key-that-nobody-may-see-7f3a';
const body: ProfileBody = { name: 'Main', provider: 'openai', model: 'gpt-x', apiKey: KEY };
const create = async (teamId: string, change: Partial<ProfileBody> = {}) =>
  auth.ask(createProfile, { actor: await memberOf(auth, { teamId }), body: { ...body, ...change } });

test('a profile comes back with a hint instead of its key', async () => {
  const teamId = newId();
  const profile = await create(teamId, { params: { temperature: 0.5 } });
  const { id, createdAt, updatedAt, ...rest } = profile;
  assert.deepEqual(rest, {
    name: 'Main',
    provider: 'openai',
    model: 'gpt-x',
    baseUrl: 'https://api.openai.com/v1',
    params: { temperature: 0.5 },
    keyHint: '7f3a',
    version: 1,
  });
  assert.equal(createdAt, updatedAt);
  assert.deepEqual(await auth.ask(getProfile, { teamId, profileId: id }), profile);
});

test('the key is stored and sent sealed alone', async () => {
  const teamId = newId();
  const { id: profileId } = await create(teamId);
  const replies = await Promise.all([
    auth.ask(getProfile, { teamId, profileId }),
    auth.ask(getSealedProfile, { teamId, profileId }),
    auth.ask(listProfiles, { teamId, query: {} }),
  ]);
  assert.ok(!(await storedText(auth)).includes(KEY));
  assert.ok(!JSON.stringify(replies).includes(KEY));
  assert.ok(!JSON.stringify(replies[2]).includes('ciphertext'));
});

test('a runner opens the key for this team, profile, provider and origin, and for no other', async () => {
  const teamId = newId();
  const { id } = await create(teamId, { provider: 'vllm', baseUrl: 'http://127.0.0.1:9000/v1' });
  const { sealedKey, ...sealed } = await auth.ask(getSealedProfile, { teamId, profileId: id });
  assert.equal(sealed.teamId, teamId);
  assert.ok(sealedKey);
  const binding = {
    team: teamId,
    profile: id,
    slot: 'chat',
    provider: 'vllm',
    origin: 'http://127.0.0.1:9000',
  } as const;
  assert.equal(await open(auth.ring, binding, sealedKey), KEY);
  for (const change of [{ team: newId() }, { profile: newId() }, { origin: 'http://127.0.0.1:9001' }]) {
    await assert.rejects(open(auth.ring, { ...binding, ...change }, sealedKey), SealingError);
  }
});

test("another team's profile is not found", async () => {
  const { id: profileId } = await create(newId());
  const teamId = newId();
  await assert.rejects(auth.ask(getProfile, { teamId, profileId }), { code: 'not_found' });
  await assert.rejects(auth.ask(getSealedProfile, { teamId, profileId }), { code: 'not_found' });
  assert.deepEqual(await auth.ask(listProfiles, { teamId, query: {} }), { items: [], nextCursor: null });
});

test('a list is newest first and pages to its end without gaps or repeats', async () => {
  const teamId = newId();
  const made = await Promise.all(
    Array.from({ length: 7 }, (_, index) => create(teamId, { name: `${index}` })),
  );
  const seen: { id: string; createdAt: string }[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 3, ...(cursor !== null && { cursor }) };
    const page: { items: typeof seen; nextCursor: string | null } = await auth.ask(listProfiles, {
      teamId,
      query,
    });
    seen.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  assert.deepEqual(seen.map(({ id }) => id).sort(), made.map(({ id }) => id).sort());
  const times = seen.map(({ createdAt }) => createdAt);
  assert.deepEqual(times, times.toSorted().reverse());
});

test('a cursor that no list returned is refused', async () => {
  await assert.rejects(auth.ask(listProfiles, { teamId: newId(), query: { cursor: 'nonsense' } }), {
    code: 'validation_failed',
    details: [{ path: 'cursor', message: 'is not one that a list has returned' }],
  });
});

const REFUSED: readonly [string, Partial<ProfileBody>, string][] = [
  ['http', { baseUrl: 'http://models.example/v1' }, 'baseUrl'],
  ['a private address', { baseUrl: 'https://10.0.0.1/v1' }, 'baseUrl'],
  ['localhost', { baseUrl: 'https://localhost/v1' }, 'baseUrl'],
  ['a link-local address', { baseUrl: 'https://[fe80::1]/v1' }, 'baseUrl'],
  ['the metadata address', { baseUrl: 'http://169.254.169.254/' }, 'baseUrl'],
  ['another port than the allowed one', { baseUrl: 'http://127.0.0.1:9001/v1' }, 'baseUrl'],
  ['credentials in the URL', { baseUrl: 'https://user:pass@models.example/v1' }, 'baseUrl'],
  ['a fragment', { baseUrl: 'https://models.example/v1#part' }, 'baseUrl'],
  ['no URL where the provider has none', { provider: 'openai_compatible' }, 'baseUrl'],
];

for (const [what, change, path] of REFUSED) {
  test(`${what} is refused at ${path}, and nothing is stored or echoed`, async () => {
    const before = await auth.db.collection('profiles').countDocuments();
    await assert.rejects(create(newId(), change), (error) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'validation_failed');
      assert.equal(error.details?.[0]?.path, path);
      assert.ok(!JSON.stringify([error.message, error.details]).includes(KEY));
      return true;
    });
    assert.equal(await auth.db.collection('profiles').countDocuments(), before);
  });
}

test('a creation is announced with the request id, and names no more than the profile', async () => {
  const subscription = auth.nc.subscribe(ANY_PROFILE_CHANGED, { max: 1, timeout: 5_000 });
  await auth.nc.flush();
  const teamId = newId();
  const { id } = await create(teamId);
  for await (const message of subscription) {
    assert.equal(message.subject, profileChangedSubject(teamId, id));
    assert.deepEqual(message.json(), { v: 1, teamId, profileId: id, version: 1 });
    assert.equal(message.headers?.get(HEADERS.requestId), 'request-of-a-test');
  }
});

test('a profile is found by its name within its team, with the model that follows it', async () => {
  const teamId = newId();
  const { id } = await create(teamId, { name: 'fast/chat' });
  const second = await create(teamId, { name: 'Twice' });
  await create(teamId, { name: 'Twice' });
  const resolve = async (model: string, team = teamId) => {
    const { profile, override } = await auth.ask(resolveProfile, { teamId: team, model });
    return [profile.id, override];
  };
  assert.deepEqual(await resolve('fast/chat'), [id, undefined]);
  assert.deepEqual(await resolve('fast/chat/openai/o3'), [id, 'openai/o3']);
  assert.deepEqual(await resolve(`${second.id}/o3`), [second.id, 'o3']);
  const refused = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;
  await assert.rejects(resolve('Twice'), refused('conflict'));
  await assert.rejects(resolve('fast'), refused('not_found'));
  await assert.rejects(resolve('fast/chat', newId()), refused('not_found'));
  await assert.rejects(resolve(id, newId()), refused('not_found'));
});
