import assert from 'node:assert/strict';
import { it } from 'node:test';
import { redactLine, redactPath, redactText } from './redaction.ts';

const secret = 'abcDEF123456789';
const family = 'mfrggzdfmztwq2lknnwg23tpoa';

it('takes the values of fields with a secret name, at any depth and in any spelling', () => {
  const record = {
    authorization: secret,
    headers: { Cookie: secret, 'x-api-key': secret, 'set-cookie': [secret, `${secret}"]`] },
    profile: { apiKey: secret, image: { api_key: secret } },
    env: { JWT_SECRET: secret, API_KEY_ENCRYPTION_KEY: secret },
    list: [{ password: `quote " and \\ ${secret}` }, { refreshToken: secret }],
  };
  const safe = redactLine(JSON.stringify(record));
  assert.doesNotMatch(safe, new RegExp(secret));
  assert.equal(JSON.parse(safe).profile.image.api_key, '[redacted]');
});

it('leaves counts and ids alone', () => {
  const line = JSON.stringify({
    inputTokens: 12,
    usage: { totalTokens: 3 },
    traceId: 'a1',
    tokenKind: 'x',
    keyHint: '1234',
  });
  assert.equal(redactLine(line), line);
});

it('takes secrets out of a body quoted inside a message, and the line stays JSON', () => {
  const echoed = JSON.stringify({ error: { apiKey: secret, text: 'no' } });
  const safe = redactLine(JSON.stringify({ msg: `the provider said ${echoed}` }));
  assert.equal(JSON.parse(safe).msg, 'the provider said {"error":{"apiKey":"[redacted]","text":"no"}}');
});

for (const text of [
  `Authorization: Bearer ${secret}`,
  `Incorrect API key provided: sk-proj-${secret}`,
  `eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.${secret}`,
  `connect nats://user:${secret}@localhost:4222 failed`,
  `GET https://example.org/v1?alt=sse&key=${secret}`,
  `AIza${secret}${secret}`,
  `the API token slc_mfrggzdfmztwq2lknnwg23tpoa_${secret}`,
  `the invite slinv_aaaaa${secret}`,
  `the session ${family}.${secret.padEnd(43, '-_')}`,
  `${family}.${secret.padStart(43, '_')}`,
]) {
  it(`takes the secret out of '${text.slice(0, 24)}…'`, () => {
    assert.doesNotMatch(redactText(text), new RegExp(secret));
    assert.doesNotMatch(redactLine(JSON.stringify({ msg: text })), new RegExp(secret));
  });
}

it('takes time in proportion to the text, whatever is in it', () => {
  for (const piece of ['a:', '://a:', 'eyJ-', 'eyJaaaaaaaa.']) redactText(`https://${piece.repeat(400_000)}`);
});

it('leaves ordinary text as it is', () => {
  const text =
    'task-force asked the bearer of bad news: risk_assessment failed at http://host:80/a?x=1, user@host';
  assert.equal(redactText(text), text);
});

it('takes whatever stands for the code of an invite out of a path', () => {
  for (const path of [
    `/api/invites/${secret}/accept`,
    `/api/invites/${secret}`,
    `/api/invite%73/${secret}/accept`,
    `http://host/API/invites/${secret}/accept`,
    `/elsewhere/slinv_aaaaa${secret}`,
    `/api/auth/refresh/${family}.${secret.padEnd(43, 'x')}`,
    `/api/auth/refresh/${family}%2E${secret.padEnd(43, 'x')}`,
  ]) {
    assert.doesNotMatch(redactPath(path), new RegExp(secret), path);
  }
});

it('leaves subjects, whose ids stand side by side, as they are', () => {
  const line = JSON.stringify({ subject: `jobs.interactive.${family}.${family}.requested` });
  assert.equal(redactLine(line), line);
});

it('leaves every other path as it is', () => {
  for (const path of ['/api/invites/accept', '/api/teams/a1/invites/b2', '/api/jobs/%20x', '/%']) {
    assert.equal(redactPath(path), path);
  }
});
