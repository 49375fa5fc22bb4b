import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  AppError,
  authEventSubjects,
  listJobs,
  type Revocation,
  type Scope,
  verifyApiToken,
} from '@sluice/contracts';
import { type Serving, stopServing } from '@sluice/messaging';
import type { ErrorBody } from '../edge/error-answer.ts';
import { answerAsOthers, type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway-under-test.ts';
import { signedEvent } from '../testing/signed-event.ts';
import { claimsOf, signedToken } from '../testing/signed-token.ts';

type Known = { secret: string; scopes: Scope[]; expiresAt?: string };
type Answered = Awaited<ReturnType<GatewayUnderTest['app']['inject']>>;

describe('API tokens at the gateway', () => {
  let gateways: GatewayUnderTest[];
  let one: GatewayUnderTest;
  let verifying: Serving;
  const known = new Map<string, Known>();
  const asked: string[] = [];
  let made = 0;

  const tokenOf = (given: Partial<Known> = {}) => {
    made += 1;
    const id = `token${'abcdefghijklmnopqrstuvwxyz'.charAt(made)}`.padEnd(26, 'a');
    const secret = String(made).padEnd(43, 'x');
    known.set(id, { secret, scopes: ['jobs:read'], ...given });
    return { id, text: `slc_${id}_${secret}` };
  };
  const verify = async ({ tokenId, secretHash }: { tokenId: string; secretHash: string }) => {
    asked.push(tokenId);
    const token = known.get(tokenId);
    const hash = createHash('sha256')
      .update(token?.secret ?? '')
      .digest('base64url');
    if (!token || hash !== secretHash) throw new AppError('unauthenticated', 'not valid');
    const { scopes, expiresAt = '2999-01-01T00:00:00.000Z' } = token;
    return { tokenId, userId: 'user1', teamId: 'team1', scopes, expiresAt };
  };

  before(async () => {
    one = await gatewayUnderTest();
    gateways = [one, await gatewayUnderTest({}, one.key)];
    answerAsOthers(one);
    one.answer(listJobs, async () => ({ items: [], nextCursor: null }));
    verifying = one.answer(verifyApiToken, verify);
    await one.nc.flush();
  });
  after(() => Promise.all(gateways.map((gateway) => gateway.close())));

  const ask = (gateway: GatewayUnderTest, token: string, url = '/api/jobs', method: 'GET' | 'POST' = 'GET') =>
    gateway.app.inject({ url, method, headers: { authorization: `Bearer ${token}` } });
  const refused = (answer: Answered, status: number, message: RegExp) => {
    assert.equal(answer.statusCode, status, answer.body);
    assert.match(answer.json<ErrorBody>().message, message);
  };
  const revoke = async (...revocations: Revocation[]) => {
    const subject = authEventSubjects.revoked;
    one.nc.publish(subject, signedEvent(one.key, subject, { v: 1, revocations }));
    await one.nc.flush();
    await Promise.all(gateways.map(({ nc }) => nc.flush()));
  };

  it('speak for their team within their scopes, and say so', async () => {
    const { text } = tokenOf({ scopes: ['jobs:read', 'profiles:read'] });
    assert.equal((await ask(one, text)).statusCode, 200);
    assert.deepEqual((await ask(one, text, '/api/auth/me')).json<{ scopes: string[] }>().scopes, [
      'jobs:read',
      'profiles:read',
    ]);
    refused(await ask(one, text, '/api/ai-profiles', 'POST'), 403, /lacks the scope profiles:write/);
    refused(await ask(one, text, '/api/tokens'), 403, /API token cannot/);
  });

  it('are asked for once in a minute, by however many requests', async () => {
    const { id, text } = tokenOf();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(one, text)));
    answers.push(await ask(one, text));
    assert.deepEqual(new Set(answers.map(({ statusCode }) => statusCode)), new Set([200]));
    assert.equal(asked.filter((asked) => asked === id).length, 1);
  });

  it('are refused without a question when they have not the form of one', async () => {
    const before = asked.length;
    for (const text of ['slc_', 'slc_a_b', `${tokenOf().text}x`, `slc_${'a'.repeat(26)}_${'ü'.repeat(43)}`]) {
      refused(await ask(one, text), 401, /API token is not valid/);
    }
    assert.equal(asked.length, before);
  });

  it('are refused with a wrong secret, which is not remembered', async () => {
    const { id, text } = tokenOf();
    const wrong = text.replace(/.$/, 'y');
    refused(await ask(one, wrong), 401, /not valid/);
    refused(await ask(one, wrong), 401, /not valid/);
    assert.equal(asked.filter((asked) => asked === id).length, 2);
    assert.equal((await ask(one, text)).statusCode, 200);
  });

  it('are not remembered beyond their end', async () => {
    const { id, text } = tokenOf({ expiresAt: '2020-01-01T00:00:00.000Z' });
    await ask(one, text);
    await ask(one, text);
    assert.equal(asked.filter((asked) => asked === id).length, 2);
  });

  it('are refused by every gateway from the request after their revocation', async () => {
    const { id, text } = tokenOf();
    for (const gateway of gateways) assert.equal((await ask(gateway, text)).statusCode, 200);
    await revoke({ tokenId: id });
    const before = asked.length;
    for (const gateway of gateways) refused(await ask(gateway, text), 401, /no longer/);
    assert.equal(asked.length, before, 'without a question');
  });

  it('are refused when they were revoked while auth was asked', async () => {
    const { id, text } = tokenOf();
    await verifying.stop();
    const isAsked = Promise.withResolvers<void>();
    const mayAnswer = Promise.withResolvers<void>();
    const slow = one.answer(verifyApiToken, async (request) => {
      const answer = await verify(request);
      isAsked.resolve();
      await mayAnswer.promise;
      return answer;
    });
    await one.nc.flush();
    const answer = ask(one, text);
    await isAsked.promise;
    await revoke({ tokenId: id });
    mayAnswer.resolve();
    refused(await answer, 401, /no longer/);
    await slow.stop();
    verifying = one.answer(verifyApiToken, verify);
    await one.nc.flush();
  });

  it('end the access tokens of a user, issued before, on every gateway', async () => {
    const old = gateways.map(({ key }) => signedToken(key, claimsOf({ sub: 'user9', team: 'team9' })));
    for (const [n, gateway] of gateways.entries()) {
      assert.equal((await ask(gateway, old[n] ?? '')).statusCode, 200);
    }
    await revoke({ userId: 'user9', notBefore: new Date(Date.now() + 1_000).toISOString() });
    for (const [n, gateway] of gateways.entries()) {
      refused(await ask(gateway, old[n] ?? ''), 401, /session .* has ended/);
      const iatMs = Date.now() + 2_000;
      const next = signedToken(gateway.key, claimsOf({ sub: 'user9', team: 'team9', iatMs }));
      assert.equal((await ask(gateway, next)).statusCode, 200);
    }
  });

  it('cannot be checked while auth is away: 503, and those that were checked go on', async () => {
    const [seen, unseen] = [tokenOf(), tokenOf()];
    assert.equal((await ask(one, seen.text)).statusCode, 200);
    await stopServing([verifying]);
    assert.equal((await ask(one, seen.text)).statusCode, 200);
    refused(await ask(one, unseen.text), 503, /try again/);
    verifying = one.answer(verifyApiToken, verify);
    await one.nc.flush();
    assert.equal((await ask(one, unseen.text)).statusCode, 200);
  });
});
