import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startOtlpReceiver } from '@sluice/telemetry/otlp-receiver';
import { type Answer, type RequestOptions, type Stack, startStack, testNats } from '@sluice/testing';
import { documentsOf, type Evidence, filesOf, leaksIn, spyOn } from './evidence.ts';

/** Random, and long enough that none of it stands anywhere by chance. */
const marked = (): string => `Marked-${randomBytes(18).toString('base64url')}`;

/**
 * One run through everything that takes or gives a secret, done right and done wrong, while everything that Sluice
 * writes is collected. Nothing of it may hold one of the secrets, in any spelling.
 */
describe('no secret is in anything that Sluice writes', () => {
  const secrets = new Map<string, string>();
  const evidence: Evidence[] = [];
  let reports: string;

  /** Remembers a secret by the name under which a leak is reported. */
  const secret = (name: string, value: unknown): string => {
    assert.equal(typeof value, 'string', `there is no ${name}`);
    const text = String(value);
    secrets.set(name, text);
    return text;
  };

  before(async () => {
    reports = await mkdtemp(join(tmpdir(), 'sluice-reports-'));
    const receiver = await startOtlpReceiver();
    const spy = await spyOn(await ownNatsUrl());
    const stack = await startStack({
      env: {
        ...receiver.env,
        LOG_LEVEL: 'trace',
        // Shows the cause of an unexpected error in the answer.
        NODE_ENV: 'development',
        NODE_OPTIONS: `--report-on-signal --report-signal=SIGUSR2 --report-directory=${reports}`,
      },
    });
    try {
      for (const [name, value] of stack.secrets) secret(name, value);
      await useEverything(stack, secret, (answer) => {
        evidence.push({ source: `the body of an error ${answer.status}`, text: JSON.stringify(answer.body) });
      });
      for (const service of stack.services.values()) {
        service.signal('SIGUSR2');
        await service.waitForLine('Node.js report completed');
      }
      evidence.push(...(await documentsOf(stack.mongoUrl)));
    } finally {
      await stack.stop();
      await spy.stop();
      await receiver.close();
    }
    evidence.push(...spy.evidence, ...filesOf(reports));
    evidence.push(...stack.lines().map((text) => ({ source: 'a log line', text })));
    const spans = receiver.spans().map((span) => ({
      source: `span ${span.service} ${span.name}`,
      text: JSON.stringify(span, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
    }));
    evidence.push(...spans);
  });
  after(() => rm(reports, { recursive: true, force: true }));

  it('and there was something to search', () => {
    const kinds = [
      'NATS auth.',
      'NATS jobs.',
      'NATS deltas.',
      'MongoDB users',
      'MongoDB profiles',
      'a log line',
    ];
    for (const kind of [
      ...kinds,
      'span sluice-auth',
      'span sluice-gateway',
      'the body of an error',
      'file ',
    ]) {
      assert.ok(
        evidence.some(({ source }) => source.startsWith(kind)),
        `nothing of ${kind}`,
      );
    }
    assert.ok(secrets.size > 15, [...secrets.keys()].join(', '));
  });

  it('in plain, base64, hex or percent-encoded', () => {
    const found = leaksIn(evidence, secrets).map((leak) => `${leak.secret} in ${leak.source}`);
    assert.deepEqual([...new Set(found)], []);
  });
});

async function ownNatsUrl(): Promise<string> {
  const { url, user, pass } = await testNats();
  return Object.assign(new URL(url), { username: user, password: pass }).href;
}

async function useEverything(
  stack: Stack,
  secret: (name: string, value: unknown) => string,
  failed: (answer: Answer) => void,
): Promise<void> {
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  const ask = async (method: string, path: string, options: RequestOptions = {}): Promise<Answer<any>> => {
    const answer = await stack.request(method, path, options);
    if (answer.status >= 400) failed(answer);
    return answer;
  };
  const session = (name: string, answer: Answer): string => {
    secret(`${name} refresh token`, answer.body['refreshToken']);
    return secret(`${name} access token`, answer.body['accessToken']);
  };

  const password = secret('password', marked());
  const email = 'leaks@example.com';
  const registered = await ask('POST', '/api/auth/register', { body: { email, password } });
  const first = session('first', registered);
  await ask('POST', '/api/auth/register', { body: { email, password } });
  await ask('POST', '/api/auth/register', { body: { email: 'not an address', password } });
  await ask('POST', '/api/auth/login', { body: { email, password: secret('wrong password', marked()) } });
  await ask('POST', '/api/auth/login', { body: { email, password, unknown: password } });
  await ask('POST', '/api/auth/login', { body: `{"email":"${email}","password":"${password}"` });
  const login = await ask('POST', '/api/auth/login', { body: { email, password } });
  session('second', login);
  const next = await ask('POST', '/api/auth/refresh', { body: { refreshToken: login.body.refreshToken } });
  session('third', next);
  await ask('POST', '/api/auth/refresh', { body: { refreshToken: login.body.refreshToken } });
  await ask('GET', '/api/auth/me', { token: `${first}x` });
  await ask('GET', `/api/auth/me?token=${first}`);
  const newPassword = secret('new password', marked());
  const changed = await ask('POST', '/api/auth/password', {
    token: first,
    body: { currentPassword: password, newPassword },
  });
  const token = session('fourth', changed);

  const apiKey = secret('provider key', marked());
  const profile = {
    name: 'leaks',
    provider: 'openai_compatible',
    model: 'demo',
    apiKey,
    baseUrl: stack.providerUrl,
  };
  const created = await ask('POST', '/api/ai-profiles', { token, body: profile });
  const aiProfileId = created.body.id;
  await ask('POST', '/api/ai-profiles', {
    token,
    body: {
      ...profile,
      apiKey: secret('provider key of a wrong body', marked()),
      baseUrl: 'http://10.0.0.1',
    },
  });
  await ask('POST', '/api/ai-profiles', { token, body: { ...profile, apiKey: `${marked()} with spaces` } });
  const echoing = await ask('POST', '/api/ai-profiles', {
    token,
    body: { ...profile, model: 'demo?echo=key', apiKey: secret('provider key that is echoed', marked()) },
  });
  const chat = (id: string, more: object = {}) =>
    ask('POST', '/api/llm/chat', {
      token,
      body: { aiProfileId: id, messages: [{ role: 'user', content: 'hello' }], maxAttempts: 1, ...more },
      headers: { prefer: 'wait=20' },
    });
  assert.equal((await chat(aiProfileId)).body.status, 'completed');
  await chat(aiProfileId, { stream: true });
  assert.equal((await chat(echoing.body.id)).body.status, 'failed');
  const patched = await ask('PATCH', `/api/ai-profiles/${aiProfileId}`, {
    token,
    body: { apiKey: secret('new provider key', marked()) },
  });
  assert.equal(patched.status, 200);
  assert.equal((await chat(aiProfileId)).body.status, 'completed');
  await ask('PATCH', `/api/ai-profiles/${aiProfileId}`, {
    token,
    body: { baseUrl: 'https://api.openai.com/v1' },
  });

  const made = await ask('POST', '/api/tokens', { token, body: { name: 'machine', scopes: ['jobs:read'] } });
  const machine = secret('API token', made.body.token);
  assert.equal((await ask('GET', '/api/jobs', { token: machine })).status, 200);
  await ask('POST', '/api/ai-profiles', { token: machine, body: profile });
  await ask('GET', '/api/jobs', { token: `${machine}x` });
  await ask('DELETE', `/api/tokens/${made.body.id}`, { token });
  await ask('GET', '/api/jobs', { token: machine });

  const teamId = registered.body.team.id;
  const invite = await ask('POST', `/api/teams/${teamId}/invites`, { token, body: { role: 'member' } });
  const code = secret('invite code', invite.body.code);
  const otherPassword = secret('password of another user', marked());
  const other = await ask('POST', '/api/auth/register', {
    body: { email: 'other@example.com', password: otherPassword },
  });
  const otherToken = session('other', other);
  await ask('POST', `/api/invites/${code}x/accept`, { token: otherToken });
  assert.ok((await ask('POST', `/api/invites/${code}/accept`, { token: otherToken })).status < 300);
  const second = await ask('POST', `/api/teams/${teamId}/invites`, { token, body: { role: 'member' } });
  const secondCode = secret('second invite code', second.body.code);
  await ask('POST', '/api/invites/accept', { token: otherToken, body: { code: secondCode } });
  const switched = await ask('POST', `/api/teams/${teamId}/switch`, { token: otherToken });
  session('switched', switched);

  await ask('GET', '/api/audit', { token });
  await ask('POST', '/api/auth/logout', { body: { refreshToken: next.body.refreshToken } });
  await ask('POST', '/api/auth/logout-all', { token });
  await ask('GET', '/api/auth/me', { token });
}
