import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import {
  changeProfile,
  createProfile,
  deleteProfile,
  getProfile,
  getSealingKey,
  type SealingKey,
} from '@sluice/contracts';
import { type GatewayUnderTest, gatewayUnderTest, PROFILE } from '../testing/gateway-under-test.ts';

let gateway: GatewayUnderTest;
let asked: Record<string, unknown>[];
const SEALING: SealingKey = {
  keyId: 'k'.repeat(16),
  suite: 'hpke-p256-sha256-aes256gcm',
  publicKey: 'p',
  profileId: 'reserved1',
};
const ACTOR = { userId: 'user1', teamId: 'team1', address: '127.0.0.1' };

before(async () => {
  gateway = await gatewayUnderTest();
  const profile = { ...PROFILE, version: 7 };
  const answering =
    <Reply>(reply: Reply) =>
    async (request: Record<string, unknown>) => {
      asked.push(request);
      return reply;
    };
  gateway.answer(getProfile, answering(profile));
  gateway.answer(createProfile, answering(profile));
  gateway.answer(changeProfile, answering(profile));
  gateway.answer(deleteProfile, answering({}));
  gateway.answer(getSealingKey, answering(SEALING));
  await gateway.nc.flush();
});
after(() => gateway.close());
beforeEach(() => {
  asked = [];
});

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
const ask = async (method: Method, path: string, payload?: object, headers: Record<string, string> = {}) => {
  const {
    statusCode,
    headers: answered,
    body,
  } = await gateway.app.inject({
    method,
    url: path,
    headers: { ...gateway.bearer, ...headers },
    ...(payload && { payload }),
  });
  return { statusCode, headers: answered, body: body === '' ? undefined : JSON.parse(body) };
};
const ONE = '/api/ai-profiles/profile1';
const point = Buffer.concat([Buffer.from([4]), Buffer.alloc(64)]).toString('base64url');
const sealedKey = { keyId: 'k'.repeat(16), enc: point, ciphertext: Buffer.alloc(17).toString('base64url') };

test('every answer with a profile carries its version as ETag', async () => {
  const body = { name: 'n', provider: 'openai', model: 'm', apiKey: 'sk-12345678' };
  for (const answer of [
    await ask('GET', ONE),
    await ask('PATCH', ONE, { model: 'm' }),
    await ask('POST', '/api/ai-profiles', body),
  ]) {
    assert.equal(answer.headers['etag'], '"7"');
    assert.equal(answer.body.version, 7);
  }
  assert.deepEqual(asked.at(-1)?.['actor'], ACTOR);
});

test('If-Match travels as the versions that it names, and null as null', async () => {
  const patch = {
    baseUrl: null,
    params: { temperature: null, topP: 1 },
    image: { apiKey: null, model: 'i' },
  };
  await ask('PATCH', ONE, patch, { 'if-match': '"7"' });
  await ask('PATCH', ONE, patch, { 'if-match': '*' });
  await ask('DELETE', ONE, undefined, { 'if-match': '"7", W/"8"' });
  const request = { actor: ACTOR, profileId: 'profile1', patch };
  assert.deepEqual(asked, [
    { ...request, ifVersion: [7] },
    request,
    { actor: ACTOR, profileId: 'profile1', ifVersion: [7] },
  ]);
});

test('a deletion is answered without a body', async () => {
  const answer = await ask('DELETE', ONE);
  assert.deepEqual([answer.statusCode, answer.body], [204, undefined]);
});

test('an If-Match that cannot be read is 400, and auth is not asked', async () => {
  for (const method of ['PATCH', 'DELETE'] as const) {
    const { statusCode, body } = await ask(method, ONE, method === 'PATCH' ? {} : undefined, {
      'if-match': '7',
    });
    assert.deepEqual([statusCode, body.code, body.details[0].path], [400, 'bad_request', 'headers.if-match']);
  }
  assert.deepEqual(asked, []);
});

const REFUSED: readonly [object, string][] = [
  [{ modle: 'm' }, 'modle'],
  [{ params: { temprature: 1 } }, 'params.temprature'],
  [{ image: { keyHint: 'x' } }, 'image.keyHint'],
  [{ version: 3 }, 'version'],
  [{ profileId: 'reserved1' }, 'profileId'],
  [{ name: null }, 'name'],
  [{ provider: 'nobody' }, 'provider'],
  [{ model: '' }, 'model'],
  [{ params: { temperature: 3 } }, 'params.temperature'],
  [{ limits: { requestsPerMinute: 0 } }, 'limits.requestsPerMinute'],
  [{ limits: { tokensPerMinute: 1.5 } }, 'limits.tokensPerMinute'],
  [{ pricing: { input: -1 } }, 'pricing.input'],
  [{ pricing: { currency: 'dollar' } }, 'pricing.currency'],
  [{ fallbackProfileIds: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'fallbackProfileIds'],
  [{ apiKey: 'two words' }, 'apiKey'],
  [{ sealedKey: { ...sealedKey, enc: point.slice(1) } }, 'sealedKey.enc'],
  [{ sealedKey: { ...sealedKey, enc: `${point}=` } }, 'sealedKey.enc'],
  // The last two bits of 65 bytes belong to nothing: a second text of the same point.
  [{ sealedKey: { ...sealedKey, enc: `${point.slice(0, -1)}B` } }, 'sealedKey.enc'],
  [{ sealedKey: { ...sealedKey, ciphertext: 'A'.repeat(22) } }, 'sealedKey.ciphertext'],
  [{ sealedKey: { ...sealedKey, ciphertext: 'A'.repeat(5484) } }, 'sealedKey.ciphertext'],
  [{ sealedKey: { ...sealedKey, keyId: 'short' } }, 'sealedKey.keyId'],
  [{ image: { sealedKey: { ...sealedKey, plain: 'x' } } }, 'image.sealedKey.plain'],
];
for (const [patch, path] of REFUSED) {
  test(`422 at ${path}: ${JSON.stringify(patch).slice(0, 60)}`, async () => {
    const { statusCode, body } = await ask('PATCH', ONE, patch);
    assert.deepEqual([statusCode, body.code, body.details[0].path], [422, 'validation_failed', path]);
    assert.deepEqual(asked, []);
  });
}

test('a sealed key of the longest and the shortest key passes', async () => {
  for (const bytes of [17, 4112]) {
    const ciphertext = Buffer.alloc(bytes).toString('base64url');
    const { statusCode } = await ask('PATCH', ONE, { sealedKey: { ...sealedKey, ciphertext } });
    assert.equal(statusCode, 200, `${bytes}`);
  }
});

test('what to seal with is not kept by any cache', async () => {
  const answer = await ask('GET', '/api/keys/sealing?profileId=profile1');
  assert.deepEqual(answer.body, SEALING);
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.deepEqual(asked, [{ actor: ACTOR, query: { profileId: 'profile1' } }]);
  assert.equal((await ask('GET', '/api/keys/sealing?team=team2')).statusCode, 422);
});

test('what cannot be an id is not found', async () => {
  for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
    const { statusCode } = await ask(method, '/api/ai-profiles/a.b', method === 'PATCH' ? {} : undefined);
    assert.equal(statusCode, 404);
  }
  assert.deepEqual(asked, []);
});
