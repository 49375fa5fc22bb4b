import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  changePassword,
  createProfile,
  logIn,
  logOut,
  newId,
  refreshSession,
  registerUser,
} from '@sluice/contracts';
import type { Msg } from '@sluice/messaging';
import { type AuthUnderTest, authUnderTest } from './testing/auth-under-test.ts';
import { memberOf } from './testing/member-of.ts';

let auth: AuthUnderTest;
const seen: Msg[] = [];
before(async () => {
  auth = await authUnderTest();
  auth.nc.subscribe('>', { callback: (_error, msg) => void seen.push(msg) });
  await auth.nc.flush();
});
after(() => auth.stop());

/** In plain, in hex, and in base64 of either alphabet at each of the three places where a text can begin. */
const formsOf = (text: string): string[] => [
  text,
  Buffer.from(text).toString('hex'),
  ...[0, 1, 2].flatMap((before) => {
    const encoded = Buffer.from('_'.repeat(before) + text).toString('base64');
    const inside = encoded.slice(Math.ceil((before * 8) / 6), -4);
    return [inside, inside.replaceAll('+', '-').replaceAll('/', '_')];
  }),
];

test('whoever reads the bus sees no password, token or key of a session or a profile', async () => {
  const email = 'watched@example.com';
  const passwords = ['the first password of all', 'the second password of all', 'a password that is wrong'];
  const [password = '', newPassword = '', wrong = ''] = passwords;
  const apiKey = 'sk-a-key-that-nobody-may-see';
  const registered = await auth.ask(registerUser, { email, password });
  const loggedIn = await auth.ask(logIn, { email, password });
  await assert.rejects(auth.ask(logIn, { email, password: wrong }), { code: 'unauthenticated' });
  const refreshed = await auth.ask(refreshSession, { refreshToken: loggedIn.refreshToken });
  const actor = { userId: registered.user.id, teamId: registered.team.id, address: '203.0.113.7' };
  const changed = await auth.ask(changePassword, { actor, currentPassword: password, newPassword });
  await auth.ask(logOut, { refreshToken: changed.refreshToken });
  await auth.ask(createProfile, {
    actor: await memberOf(auth, { teamId: newId() }),
    body: { name: 'Main', provider: 'openai', model: 'gpt-x', apiKey },
  });
  await auth.nc.flush();

  const bus = seen
    .map(({ subject, data, headers }) => `${subject} ${headers} ${Buffer.from(data)}`)
    .join('\n');
  assert.match(bus, /auth\.profiles\.create/);
  const tokens = [registered, loggedIn, refreshed, changed].flatMap(({ accessToken, refreshToken }) => [
    accessToken,
    refreshToken,
  ]);
  for (const secret of [...passwords, ...tokens, apiKey]) {
    for (const form of formsOf(secret)) assert.ok(!bus.includes(form), `the bus shows ${form}`);
  }
});
