import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type Account, type Stack, startStack, testNatsUrlOf } from '@sluice/testing';
import { MongoClient } from 'mongodb';
import { olderForm } from './older-form.ts';
import { type Ended, runSluice } from './run-sluice.ts';

const NEXT = 'the secret that comes after';
const KEYS = { sealed: 'sk-sealed-by-auth-0001', imported: 'sk-imported-record-0002' };

describe('rotating the key that provider keys are sealed to', () => {
  let stack: Stack;
  let account: Account;
  let mongo: MongoClient;
  let first: string;
  let profiles: { sealed: string; imported: string };

  const command = async (
    name: 'check' | 'rotate' | 'public',
    secrets: { current: string; previous?: string },
  ): Promise<Ended> => {
    const env = {
      NATS_URL: await testNatsUrlOf('operator'),
      API_KEY_ENCRYPTION_KEY: secrets.current,
      API_KEY_ENCRYPTION_KEY_PREVIOUS: secrets.previous ?? '',
    };
    const ended = await runSluice(['keys', name], env);
    for (const secret of [...Object.values(KEYS), first, NEXT]) {
      assert.ok(!`${ended.stdout}${ended.stderr}`.includes(secret), 'the command shows a secret');
    }
    return ended;
  };
  const replace = async (
    names: string[],
    service: 'auth' | 'provider-runner',
    env: Record<string, string>,
  ) => {
    for (const name of names) await stack.services.get(name)?.end('SIGTERM');
    await stack.restart(service, env);
  };
  const ring = async (current: string, previous = '') => {
    await replace(['provider-runner-1', 'provider-runner'], 'provider-runner', {
      API_KEY_ENCRYPTION_KEY: current,
      API_KEY_ENCRYPTION_KEY_PREVIOUS: previous,
    });
  };
  /** Both profiles work, each with its own key at the provider. */
  const bothWork = async (): Promise<void> => {
    for (const name of ['sealed', 'imported'] as const) {
      const { status, body } = await stack.request('POST', '/api/llm/chat', {
        token: account.token,
        headers: { prefer: 'wait=20' },
        body: { aiProfileId: profiles[name], messages: [{ role: 'user', content: 'Open?' }] },
      });
      assert.deepEqual([status, body.status, body.error], [200, 'completed', null], name);
      const { calls } = await stack.providerCalls(name);
      const sent = createHash('sha256').update(KEYS[name]).digest('hex');
      assert.equal(calls.at(-1)?.keySha256, sent);
    }
  };
  const records = async () => {
    const found = await mongo.db().collection('profiles').find().sort({ name: 1 }).toArray();
    return found.map(({ sealedKey }) => sealedKey as { keyId?: string; legacy?: string });
  };

  before(async () => {
    stack = await startStack();
    first = stack.secrets.get('API_KEY_ENCRYPTION_KEY') ?? '';
    account = await stack.register();
    mongo = await new MongoClient(stack.mongoUrl).connect();
    profiles = {
      sealed: await stack.createProfile(account.token, 'demo?key=sealed', KEYS.sealed),
      imported: await stack.createProfile(account.token, 'demo?key=imported', 'sk-to-be-replaced'),
    };
    await mongo
      .db()
      .collection<{ _id: string }>('profiles')
      .updateOne(
        { _id: profiles.imported },
        { $set: { sealedKey: { legacy: olderForm(first, KEYS.imported) } } },
      );
  });
  after(async () => {
    await mongo?.close();
    await stack?.stop();
  });

  test('both forms open before', async () => {
    await bothWork();
    const { code, stdout } = await command('check', { current: first });
    assert.equal(code, 0);
    assert.match(stdout, /^2 provider keys checked$/m);
    assert.match(stdout, /^ +1 {2}open with the current key$/m);
    assert.match(stdout, /^ +1 {2}open, of the older form$/m);
  });

  test('check names the profiles that would no longer open, and rotate leaves them as they are', async () => {
    const before = await records();
    for (const name of ['check', 'rotate'] as const) {
      const { code, stdout } = await command(name, { current: NEXT });
      assert.equal(code, 1);
      assert.match(stdout, /^ +2 {2}(do not open|could not be opened)/m);
      for (const id of Object.values(profiles)) assert.match(stdout, new RegExp(`profile ${id} `));
    }
    assert.deepEqual(await records(), before);
  });

  test('rotate waits for auth to seal to the new key', async () => {
    await ring(NEXT, first);
    await bothWork();
    const { code, stdout, stderr } = await command('rotate', { current: NEXT, previous: first });
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /SEALING_PUBLIC_KEYS/);
  });

  test('after two at once every record is sealed to the new key, each by one of them', async () => {
    const { stdout: SEALING_PUBLIC_KEYS } = await command('public', { current: NEXT, previous: first });
    await replace(['auth'], 'auth', { SEALING_PUBLIC_KEYS: SEALING_PUBLIC_KEYS.trim() });
    const both = await Promise.all([1, 2].map(() => command('rotate', { current: NEXT, previous: first })));
    for (const { stdout } of both) assert.match(stdout, /^2 provider keys checked, current key /m);
    const total = (what: string) =>
      both
        .map(({ stdout }) => Number(new RegExp(`^ +(\\d+) {2}${what}$`, 'm').exec(stdout)?.[1]))
        .reduce((one, other) => one + other);
    assert.equal(total('sealed anew'), 1);
    assert.equal(total('sealed anew, from the older form'), 1);
    const [{ keyId: oneId } = {}, { keyId: otherId } = {}] = await records();
    assert.ok(oneId);
    assert.equal(oneId, otherId);
    await bothWork();
  });

  test('a second run finds nothing to do, and the earlier secret can go', async () => {
    const again = await command('rotate', { current: NEXT, previous: first });
    assert.equal(again.code, 0);
    assert.match(again.stdout, /^ +2 {2}sealed to the current key already$/m);
    await ring(NEXT);
    await bothWork();
    const { code, stdout } = await command('check', { current: NEXT });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ +2 {2}open with the current key$/m);
  });
});
