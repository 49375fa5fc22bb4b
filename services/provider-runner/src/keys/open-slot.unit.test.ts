import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { SealedProfile } from '@sluice/contracts';
import { type Binding, type KeyRing, keyRing, seal } from '@sluice/sealing';
import { openSlot } from './open-slot.ts';

const ASKED = { teamId: 'team1', profileId: 'profile1' };
const CHAT = { slot: 'chat', origin: 'https://text.example' } as const;
const IMAGE = { slot: 'image', origin: 'https://images.example' } as const;

let ring: KeyRing;
before(async () => {
  ring = await keyRing('the runners of this test file');
});

const sealed = (binding: Partial<Binding>, key: string) =>
  seal(ring.current, { team: 'team1', profile: 'profile1', provider: 'openai', ...CHAT, ...binding }, key);

async function profileWith(change: Partial<SealedProfile> = {}): Promise<SealedProfile> {
  return {
    ...{ id: 'profile1', teamId: 'team1', name: 'n', provider: 'openai', model: 'text-model', version: 1 },
    ...{ baseUrl: 'https://text.example/v1', keyHint: null, createdAt: '', updatedAt: '' },
    sealedKey: await sealed(CHAT, 'chat key'),
    ...change,
  };
}
const unreadable = { code: 'key_unreadable', retryable: false };

test('each slot opens with its own key, address and model', async () => {
  const image = { model: 'image-model', baseUrl: 'https://images.example/v2' };
  const profile = await profileWith({ image: { ...image, sealedKey: await sealed(IMAGE, 'image key') } });
  assert.deepEqual(await openSlot(ring, ASKED, profile, 'chat'), {
    baseUrl: 'https://text.example/v1',
    model: 'text-model',
    apiKey: 'chat key',
  });
  assert.deepEqual(await openSlot(ring, ASKED, profile, 'image'), { ...image, apiKey: 'image key' });
});

test('images without a key of their own use the chat key, at its origin alone', async () => {
  const near = await profileWith({ image: { baseUrl: 'https://text.example/images' } });
  assert.deepEqual(await openSlot(ring, ASKED, near, 'image'), {
    baseUrl: 'https://text.example/images',
    model: 'text-model',
    apiKey: 'chat key',
  });
  const far = await profileWith({ image: { baseUrl: 'https://images.example' } });
  await assert.rejects(openSlot(ring, ASKED, far, 'image'), unreadable);
});

test('the model for images is named by the image settings, else by the parameters', async () => {
  const params = { imageModel: 'from params' };
  const modelOf = async (change: Partial<SealedProfile>) =>
    (await openSlot(ring, ASKED, await profileWith(change), 'image')).model;
  assert.equal(await modelOf({ params, image: { model: 'from image' } }), 'from image');
  assert.equal(await modelOf({ params }), 'from params');
});

test('a record of the other slot, or of another team, profile, provider or origin stays shut', async () => {
  const wrong: Partial<Binding>[] = [
    { slot: 'image' },
    { team: 'team2' },
    { profile: 'profile2' },
    { provider: 'groq' },
    { origin: 'https://other.example' },
  ];
  for (const binding of wrong) {
    const profile = await profileWith({ sealedKey: await sealed(binding, 'chat key') });
    await assert.rejects(openSlot(ring, ASKED, profile, 'chat'), unreadable, JSON.stringify(binding));
  }
  const swapped = await profileWith({ image: { sealedKey: await sealed(CHAT, 'chat key') } });
  await assert.rejects(openSlot(ring, ASKED, swapped, 'image'), unreadable);
});

test('the profile in the answer does not say what its key is bound to', async () => {
  const foreign: [Partial<SealedProfile>, Partial<Binding>][] = [
    [{ teamId: 'team2' }, { team: 'team2' }],
    [{ id: 'profile2' }, { profile: 'profile2' }],
  ];
  for (const [said, binding] of foreign) {
    const profile = await profileWith({ ...said, sealedKey: await sealed(binding, 'key of another') });
    await assert.rejects(openSlot(ring, ASKED, profile, 'chat'), unreadable);
  }
});

test('without a key only a provider that asks for none can be called', async () => {
  const { sealedKey: _, ...keyless } = await profileWith();
  await assert.rejects(openSlot(ring, ASKED, keyless, 'chat'), unreadable);
  const { apiKey } = await openSlot(ring, ASKED, { ...keyless, provider: 'ollama' }, 'chat');
  assert.equal(apiKey, '');
});
