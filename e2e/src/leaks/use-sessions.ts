import assert from 'node:assert/strict';
import type { Run } from './use-everything.ts';

const email = 'leaks@example.com';

/** Registers, logs in, refreshes, by body and by cookie, and changes the password; an owner's session is left. */
export async function useSessions(run: Run): Promise<{ token: string; teamId: string }> {
  const { ask, done, made, session } = run;
  const post = (path: string, body: unknown) => ask('POST', `/api/auth/${path}`, { body });
  const password = made('password');
  const registered = await done(201, 'POST', '/api/auth/register', { body: { email, password } });
  const first = session('first', registered);
  await post('register', { email, password });
  await post('register', { email: 'not an address', password });
  await post('login', { email, password: made('wrong password') });
  await post('login', { email, password, unknown: password });
  await post('login', `{"email":"${email}","password":"${password}"`);
  const second = await post('login', { email, password });
  session('second', second.body);
  const { refreshToken } = second.body;
  const third = await post('refresh', { refreshToken });
  session('third', third.body);
  await post('refresh', { refreshToken });
  await useCookie(run, password);
  await ask('GET', '/api/auth/me', { token: `${first}x` });
  await ask('GET', `/api/auth/me?token=${first}`);
  const changed = await done(200, 'POST', '/api/auth/password', {
    token: first,
    body: { currentPassword: password, newPassword: made('new password') },
  });
  await post('logout', { refreshToken: third.body.refreshToken });
  return { token: session('fourth', changed), teamId: registered.team.id };
}

async function useCookie({ ask, secret, session }: Run, password: string): Promise<void> {
  const login = await ask('POST', '/api/auth/login', { body: { email, password } });
  session('browser', login.body);
  const cookieOf = ({ headers }: { headers: Headers }): string =>
    headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  const cookie = cookieOf(login);
  secret('cookie', cookie.split('=')[1]);
  const refresh = (headers: Record<string, string>) => ask('POST', '/api/auth/refresh', { headers });
  assert.equal((await refresh({ cookie, origin: 'https://elsewhere.example.com' })).status, 403);
  const refreshed = await refresh({ cookie });
  assert.equal(refreshed.status, 200);
  session('browser’s next', refreshed.body);
  assert.equal((await refresh({ cookie })).status, 401, 'it was used');
  await ask('POST', '/api/auth/logout', { headers: { cookie: cookieOf(refreshed) } });
}
