import assert from 'node:assert/strict';
import { testNatsUrlOf } from '@sluice/testing';
import { MongoClient } from 'mongodb';
import { olderForm } from '../older-form.ts';
import { runSluice } from '../run-sluice.ts';
import type { Run } from './use-everything.ts';
import { PROVIDER } from './use-profiles.ts';

/** What an operator runs: keys are checked and sealed anew, a team is written out. What it prints is evidence. */
export async function operate(run: Run, token: string, teamId: string): Promise<void> {
  const { stack, secret } = run;
  const key = stack.secrets.get('API_KEY_ENCRYPTION_KEY') ?? '';
  await importOlderForm(run, token, key);
  const NATS_URL = await testNatsUrlOf('operator');
  secret('password in NATS_URL of the operator', decodeURIComponent(new URL(NATS_URL).password));

  const sluice = async (command: string, env: Record<string, string>): Promise<string> => {
    const { code, stdout, stderr } = await runSluice(command.split(' '), { NATS_URL, ...env });
    run.found({ source: `what sluice ${command} prints`, text: `${stdout}\n${stderr}` });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const keys = { API_KEY_ENCRYPTION_KEY: key };
  const [rotated, exported] = await Promise.all([
    sluice('keys rotate', keys),
    sluice(`teams export ${teamId}`, {}),
  ]);
  assert.match(rotated, /^ +1 {2}sealed anew, from the older form$/m);
  for (const type of ['profile', 'token', 'invite', 'audit', 'job']) {
    assert.ok(exported.includes(`"type":"${type}"`), `no ${type} in the export`);
  }
}

/** A key as it was stored before Sluice, so that there is something to seal anew. */
async function importOlderForm({ stack, done, made }: Run, token: string, secret: string): Promise<void> {
  const where = { provider: PROVIDER, model: 'demo', baseUrl: stack.providerUrl };
  const body = { ...where, name: 'older', apiKey: made('key that was replaced') };
  const { id } = await done(201, 'POST', '/api/ai-profiles', { token, body });
  const mongo = await new MongoClient(stack.mongoUrl).connect();
  try {
    const legacy = olderForm(secret, made('imported key'));
    const profiles = mongo.db().collection<{ _id: string }>('profiles');
    await profiles.updateOne({ _id: id }, { $set: { sealedKey: { legacy } } });
  } finally {
    await mongo.close();
  }
}
