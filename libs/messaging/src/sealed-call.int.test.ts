import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type Msg, type NatsConnection, headers as newHeaders } from '@nats-io/nats-core';
import { AppError, endpoint, HEADERS } from '@sluice/contracts';
import { type CallKeys, callKeys } from '@sluice/sealing';
import { testNats } from '@sluice/testing';
import { z } from 'zod';
import { call } from './call.ts';
import { connect } from './connection.ts';
import { type Serving, serve, stopServing } from './serve.ts';
import { testLog } from './testing/test-log.ts';

const PASSWORD = 'correct horse battery staple';
const WRONG = 'something that was a secret elsewhere';
const TOKEN = 'token-that-nobody-else-may-read';
const shape = [z.object({ password: z.string() }), z.object({ token: z.string() })] as const;
const logIn = endpoint('vault.login', ...shape, { secret: true });
const change = endpoint('vault.change', ...shape, { secret: true });
const ASKED = { requestId: 'request-1' };
const log = testLog();

/** A text in plain, in hex, and in base64 of either alphabet at each of the three places it can begin. */
const formsOf = (text: string): string[] => [
  text,
  Buffer.from(text).toString('hex'),
  ...[0, 1, 2].flatMap((before) => {
    const encoded = Buffer.from('_'.repeat(before) + text).toString('base64');
    const inside = encoded.slice(Math.ceil((before * 8) / 6), -4);
    return [inside, inside.replaceAll('+', '-').replaceAll('/', '_')];
  }),
];

describe('a secret endpoint', () => {
  let service: NatsConnection;
  let caller: NatsConnection;
  let keys: CallKeys;
  let seen: Msg[];
  let handled: number;
  let servings: Serving[];

  const answer = (secretKeys: CallKeys) => {
    const handler = async ({ password }: { password: string }) => {
      handled += 1;
      if (password !== PASSWORD) throw new AppError('conflict', `${password} is taken`);
      return { token: TOKEN };
    };
    for (const secret of [logIn, change])
      servings.push(serve(service, 'vaults', secret, handler, { log, secretKeys }));
  };
  const logInNow = (password = PASSWORD) => call(caller, logIn, { password }, ASKED);
  const settled = async () => {
    await caller.flush();
    await service.flush();
  };
  /** Sends what was seen on the bus again, with this body, request id and subject. */
  const resend = async (msg: Msg, other: { subject?: string; requestId?: string; body?: string }) => {
    const headers = newHeaders();
    headers.set(HEADERS.requestId, other.requestId ?? ASKED.requestId);
    const reply = await caller.request(other.subject ?? msg.subject, other.body ?? msg.data, {
      headers,
      timeout: 5_000,
    });
    return {
      failed: reply.headers?.get(HEADERS.error) === '1',
      ...reply.json<{ code?: string; publicKey?: string }>(),
    };
  };
  const sealedRequest = async (): Promise<Msg> => {
    await logInNow();
    await settled();
    const sent = seen.findLast(({ subject, data }) => subject === logIn.subject && data.length > 0);
    assert.ok(sent);
    return sent;
  };

  before(async () => {
    keys = await callKeys(['the secret of the vaults']);
    service = await connect({ ...(await testNats()), name: 'test' });
    service.subscribe('>', { callback: (_error, msg) => void seen.push(msg) });
  });
  beforeEach(async () => {
    [seen, handled, servings] = [[], 0, []];
    caller = await connect({ ...(await testNats()), name: 'test-caller' });
    answer(keys);
    await service.flush();
  });
  afterEach(async () => {
    await stopServing(servings);
    await caller.close();
  });
  after(() => service.close());

  test('request, reply and error are read by the two ends alone', async () => {
    assert.deepEqual(await logInNow(), { token: TOKEN });
    await assert.rejects(logInNow(WRONG), { code: 'conflict', message: `${WRONG} is taken` });
    await settled();
    const bus = seen
      .map(({ subject, data, headers }) => `${subject} ${headers} ${Buffer.from(data)}`)
      .join('\n');
    assert.equal(bus.match(/"ciphertext"/g)?.length, 4);
    for (const form of [PASSWORD, WRONG, TOKEN].flatMap(formsOf)) {
      assert.ok(!bus.includes(form), `${form} was on the bus`);
    }
  });

  test('the key is asked for once, not for each call or endpoint', async () => {
    await logInNow();
    await logInNow();
    await call(caller, change, { password: PASSWORD }, ASKED);
    await settled();
    const asked = seen.filter(({ subject }) => subject.startsWith('vault.'));
    assert.deepEqual(
      asked.map(({ data }) => data.length > 0),
      [false, true, true, true],
    );
  });

  test('a plain request is refused, and told the key alone', async () => {
    const plain = await caller.request(logIn.subject, JSON.stringify({ password: PASSWORD }));
    assert.equal(plain.headers?.get(HEADERS.error), '1');
    assert.deepEqual(plain.json<{ publicKey: string; code: string }>(), {
      code: 'unavailable',
      message: 'This request is to be sealed to the key in this answer.',
      retryable: true,
      publicKey: `${keys.current.keyId}:${keys.current.publicKey}`,
    });
    assert.equal(handled, 0);
  });

  test('the question for the key is no reason to warn; a plain request is', async () => {
    const levels = async (ask: () => Promise<unknown>) => {
      const before = log.lines.length;
      await ask();
      await settled();
      return log.lines
        .slice(before)
        .flatMap(({ level, message }) => (/not sealed/.test(message) ? [level] : []));
    };
    assert.deepEqual(await levels(() => logInNow()), ['debug']);
    assert.deepEqual(await levels(() => caller.request(logIn.subject, '{}')), ['warn']);
  });

  test('a request that was altered, or is replayed under another subject or request id, is refused', async () => {
    const sent = await sealedRequest();
    assert.equal(handled, 1);
    const altered = sent.json<{ ciphertext: string }>();
    const first = altered.ciphertext.startsWith('A') ? 'B' : 'A';
    altered.ciphertext = first + altered.ciphertext.slice(1);
    for (const other of [
      { subject: change.subject },
      { requestId: 'request-2' },
      { body: JSON.stringify(altered) },
    ]) {
      const { failed, code, publicKey } = await resend(sent, other);
      assert.deepEqual(
        { failed, code, publicKey },
        { failed: true, code: 'bad_request', publicKey: undefined },
      );
    }
    assert.equal(handled, 1);
    assert.equal((await resend(sent, {})).failed, false);
    assert.equal(handled, 2, 'the message itself was fit to be sent again');
  });

  test('an answer that was altered, or answers something else, is refused', async () => {
    await logInNow();
    await settled();
    const [earlier] = seen.filter(({ data }) => Buffer.from(data).includes('"nonce"'));
    assert.ok(earlier);
    await stopServing(servings.splice(0));
    for (const reply of ['{"token":"forged"}', Buffer.from(earlier.data).toString()]) {
      const forging = caller.subscribe(logIn.subject, {
        max: 1,
        callback: (_error, msg) => void msg.respond(reply),
      });
      await assert.rejects(logInNow(), { code: 'internal', message: 'The sealed answer does not open.' });
      forging.unsubscribe();
    }
  });

  test('goes on while the keys change, also when the replicas do not yet know the same', async () => {
    const rotated = await callKeys(['the next secret', 'the secret of the vaults']);
    await logInNow();
    answer(rotated);
    await service.flush();
    assert.deepEqual(await logInNow(), { token: TOKEN });
    // Which of the two is asked is the server's choice: enough newcomers that some learn the key that one lacks.
    for (let round = 0; round < 20; round += 1) {
      await caller.close();
      caller = await connect({ ...(await testNats()), name: 'test-caller' });
      assert.deepEqual(await logInNow(), { token: TOKEN });
    }
    await stopServing(servings.splice(0));
    answer(await callKeys(['a secret without any past']));
    await service.flush();
    assert.deepEqual(await logInNow(), { token: TOKEN });
  });

  test('is not served without keys', () => {
    assert.throws(
      () => serve(service, 'vaults', logIn, async () => ({ token: TOKEN }), { log }),
      /is served with secretKeys/,
    );
  });
});
