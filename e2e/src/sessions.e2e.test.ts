import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Account, type Stack, startStack } from '@sluice/testing';

const me = async (stack: Stack, token: string) =>
  (await stack.request('GET', '/api/auth/me', { token })).status;
const login = ({ request }: Stack, { email, password }: Pick<Account, 'email' | 'password'>) =>
  request('POST', '/api/auth/login', { body: { email, password } });
const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString()).kid;

test('logging out everywhere and a new password end access tokens at once, by cookie and body alike', async () => {
  const stack = await startStack();
  try {
    const account = await stack.register();
    const other = await stack.register();
    const first = await login(stack, account);
    const cookie = String(first.headers.get('set-cookie')).split(';', 1)[0] ?? '';
    assert.equal(cookie, `sluice_refresh=${first.body.refreshToken}`);

    const refreshed = await stack.request('POST', '/api/auth/refresh', { headers: { cookie } });
    assert.equal(refreshed.status, 200);
    const token = refreshed.body.accessToken;
    assert.equal(await me(stack, token), 200);

    assert.equal((await stack.request('POST', '/api/auth/logout-all', { token })).status, 204);
    for (const over of [account.token, first.body.accessToken, token])
      assert.equal(await me(stack, over), 401);
    const { refreshToken } = refreshed.body;
    assert.equal((await stack.request('POST', '/api/auth/refresh', { body: { refreshToken } })).status, 401);
    assert.equal(await me(stack, other.token), 200);

    const again = await login(stack, account);
    assert.equal(await me(stack, again.body.accessToken), 200);
    const body = { currentPassword: account.password, newPassword: 'staple horse correct' };
    const changed = await stack.request('POST', '/api/auth/password', {
      token: again.body.accessToken,
      body,
    });
    assert.equal(changed.status, 200);
    assert.equal(await me(stack, again.body.accessToken), 401);
    assert.equal(await me(stack, changed.body.accessToken), 200);
    assert.equal((await login(stack, account)).status, 401);
    assert.equal((await login(stack, { ...account, password: body.newPassword })).status, 200);
  } finally {
    await stack.stop();
  }
});

test('a log-out and the reuse of a refresh token end access tokens at once, and a switch the session it came from', async () => {
  const stack = await startStack();
  const refresh = (refreshToken: string) =>
    stack.request('POST', '/api/auth/refresh', { body: { refreshToken } });
  try {
    const account = await stack.register();
    const session = async () => (await login(stack, account)).body;
    const [byBearer, byRefresh, reused, browser, other] = [
      ...[await session(), await session(), await session()],
      ...[await session(), await session()],
    ];
    const out = (asked: object) => stack.request('POST', '/api/auth/logout', asked);
    assert.equal((await out({ token: byBearer.accessToken })).status, 204);
    assert.equal((await out({ body: { refreshToken: byRefresh.refreshToken } })).status, 204);
    const next = (await refresh(reused.refreshToken)).body;
    assert.equal((await refresh(reused.refreshToken)).status, 401);
    for (const over of [byBearer, byRefresh, reused, next]) {
      assert.equal(await me(stack, over.accessToken), 401);
      assert.equal((await refresh(over.refreshToken)).status, 401);
    }

    const { accessToken: token } = browser;
    const made = await stack.request('POST', '/api/teams', { token, body: { name: 'Second' } });
    const switched = await stack.request('POST', `/api/teams/${made.body.id}/switch`, { token });
    assert.equal(switched.status, 200);
    assert.equal((await refresh(browser.refreshToken)).status, 401);
    assert.equal((await refresh(switched.body.refreshToken)).status, 200);
    assert.equal(await me(stack, other.accessToken), 200);
    assert.equal((await refresh(other.refreshToken)).status, 200);
  } finally {
    await stack.stop();
  }
});

test('too many logins are answered with 429 and Retry-After, also on a second replica of auth', async () => {
  const stack = await startStack({ env: { LIMIT_AUTH_PER_MINUTE: '4' } });
  const first = stack.service('auth');
  try {
    await stack.restart('auth');
    const tries = Array.from({ length: 24 }, (_, n) =>
      login(stack, { email: `nobody${n}@example.com`, password: 'a guess' }),
    );
    const answers = await Promise.all(tries);
    const limited = answers.filter(({ status }) => status === 429);
    // A minute of the clock may have begun in between.
    assert.ok(limited.length >= 16, String(limited.length));
    for (const { headers, body } of limited) {
      assert.equal(body.code, 'rate_limited');
      const seconds = Number(headers.get('retry-after'));
      assert.ok(seconds >= 1 && seconds <= 60, String(seconds));
    }
  } finally {
    await Promise.all([first.end(), stack.stop()]);
  }
});

test('JWT_SECRET is changed replica by replica and no request is refused; without it its tokens end', async () => {
  const stack = await startStack();
  try {
    const account = await stack.register();
    const before = account.token;
    const JWT_SECRET = 'the secret after the rotation, long enough';
    const JWT_SECRET_PREVIOUS = String(stack.secrets.get('JWT_SECRET'));
    const old = stack.service('auth');
    const both = await stack.restart('auth', { JWT_SECRET, JWT_SECRET_PREVIOUS });

    const tokens = new Map([[kidOf(before), before]]);
    for (let logins = 0; tokens.size < 2 || logins < 12; logins += 1) {
      const { status, body } = await login(stack, account);
      assert.equal(status, 200);
      tokens.set(kidOf(body.accessToken), body.accessToken);
      for (const token of tokens.values()) assert.equal(await me(stack, token), 200);
    }
    await old.end();
    for (const token of tokens.values()) assert.equal(await me(stack, token), 200);

    const after = (await login(stack, account)).body.accessToken;
    assert.notEqual(kidOf(after), kidOf(before));
    await both.end();
    await stack.restart('auth', { JWT_SECRET_PREVIOUS: '' });
    // A running gateway forgets a key within ten minutes; a new one never hears of it.
    await stack.service('gateway').end();
    await stack.restart('gateway');
    assert.equal(await me(stack, before), 401);
    assert.equal(await me(stack, after), 200);
  } finally {
    await stack.stop();
  }
});
