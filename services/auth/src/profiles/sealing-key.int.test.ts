import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Actor,
  changeProfile,
  createProfile,
  getSealedProfile,
  getSealingKey,
  newId,
  type ProfileBody,
  type SealedKey,
} from '@sluice/contracts';
import { type Binding, open, parsePublicKeys, seal } from '@sluice/sealing';
import { type AuthUnderTest, authUnderTest } from '../testing/auth-under-test.ts';
import { memberOf } from '../testing/member-of.ts';

const HOUR = 3_600_000;
let aheadMs = 0;
let auth: AuthUnderTest;
let owner: Actor;
before(async () => {
  auth = await authUnderTest({ now: () => new Date(Date.now() + aheadMs) });
  owner = await memberOf(auth);
});
after(() => auth.stop());

const reserve = (actor = owner, query: { profileId?: string } = {}) =>
  auth.ask(getSealingKey, { actor, query });
const KEY = 'sk-sealed-by-the-client-0000';

/** Seals as a client would, to the key that was answered. */
async function sealed(profileId: string, change: Partial<Binding> = {}): Promise<SealedKey> {
  const { keyId, publicKey } = await reserve();
  const [key] = await parsePublicKeys(`${keyId}:${publicKey}`);
  const binding: Binding = {
    team: owner.teamId,
    profile: profileId,
    slot: 'chat',
    provider: 'openai',
    origin: 'https://api.openai.com',
    ...change,
  };
  return seal(key, binding, KEY);
}
const body: ProfileBody = { name: 'n', provider: 'openai', model: 'm' };
const create = (change: Partial<ProfileBody>, actor = owner) =>
  auth.ask(createProfile, { actor, body: { ...body, ...change } });
const refusedAt = (path: string, message: RegExp) => (error: unknown) => {
  const { code, details } = error as { code: string; details: { path: string; message: string }[] };
  assert.deepEqual([code, details[0]?.path], ['validation_failed', path]);
  assert.match(details[0]?.message ?? '', message);
  return true;
};

test('the answer names the current key, the suite, and a new id each time', async () => {
  const [first, second] = [await reserve(), await reserve()];
  const { keyId, publicKey } = auth.ring.current;
  assert.deepEqual(first, {
    keyId,
    publicKey,
    suite: 'hpke-p256-sha256-aes256gcm',
    profileId: first.profileId,
  });
  assert.equal(Buffer.from(publicKey, 'base64url').length, 65);
  assert.notEqual(first.profileId, second.profileId);
});

test('a profile takes its reserved id and keys that the client sealed', async () => {
  const { profileId } = await reserve();
  const image = { model: 'i', baseUrl: 'https://images.example' };
  const imageKey = await sealed(profileId, { slot: 'image', origin: image.baseUrl });
  const profile = await create({
    profileId,
    sealedKey: await sealed(profileId),
    image: { ...image, sealedKey: imageKey },
  });
  assert.deepEqual([profile.id, profile.keyHint], [profileId, null]);
  assert.deepEqual(profile.image, { ...image, keyHint: null });
  const { teamId } = owner;
  const stored = await auth.ask(getSealedProfile, { teamId, profileId });
  assert.ok(stored.sealedKey);
  const binding = { team: teamId, profile: profileId, provider: 'openai', origin: 'https://api.openai.com' };
  assert.equal(await open(auth.ring, { ...binding, slot: 'chat' }, stored.sealedKey), KEY);
  assert.deepEqual(stored.image?.sealedKey, imageKey);
});

test('a sealed key needs an id that is reserved for the team, and each serves once', async () => {
  const { profileId } = await reserve();
  const sealedKey = await sealed(profileId);
  await assert.rejects(create({ sealedKey }), refusedAt('profileId', /required/));
  await assert.rejects(create({ sealedKey, profileId: newId() }), refusedAt('profileId', /not reserved/));
  const stranger = await memberOf(auth);
  await assert.rejects(create({ sealedKey, profileId }, stranger), refusedAt('profileId', /not reserved/));
  await create({ sealedKey, profileId });
  await assert.rejects(create({ sealedKey, profileId }), refusedAt('profileId', /not reserved/));
});

test('of two profiles that take one id at once one is made', async () => {
  const { profileId } = await reserve();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 6 }, () => create({ profileId, apiKey: 'sk-12345678' })),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') refusedAt('profileId', /used|not reserved/)(outcome.reason);
  }
});

test('a reservation ends after an hour', async () => {
  const { profileId } = await reserve();
  const late = await reserve();
  try {
    aheadMs = HOUR - 60_000;
    await create({ profileId, apiKey: 'sk-12345678' });
    aheadMs = HOUR + 60_000;
    const missed = create({ profileId: late.profileId, apiKey: 'sk-12345678' });
    await assert.rejects(missed, refusedAt('profileId', /not reserved/));
  } finally {
    aheadMs = 0;
  }
});

test('a key that is sealed to none of our keys is refused', async () => {
  const { profileId } = await reserve();
  const sealedKey = { ...(await sealed(profileId)), keyId: 'A'.repeat(16) };
  await assert.rejects(create({ profileId, sealedKey }), refusedAt('sealedKey.keyId', /none of our keys/));
  const image = { sealedKey };
  const made = create({ profileId, apiKey: 'sk-12345678', image });
  await assert.rejects(made, refusedAt('image.sealedKey.keyId', /none of our keys/));
});

test('a profile that is there gets a new key under its own id', async () => {
  const profile = await create({ apiKey: 'sk-12345678' });
  const { profileId } = await reserve(owner, { profileId: profile.id });
  assert.equal(profileId, profile.id);
  const patch = { sealedKey: await sealed(profileId) };
  const changed = await auth.ask(changeProfile, { actor: owner, profileId, patch });
  assert.deepEqual([changed.keyHint, changed.version], [null, 2]);
  const stranger = await memberOf(auth);
  await assert.rejects(reserve(stranger, { profileId }), { code: 'not_found' });
});

test('members reserve nothing', async () => {
  const member = await memberOf(auth, { teamId: owner.teamId, role: 'member' });
  await assert.rejects(reserve(member), { code: 'forbidden' });
});
