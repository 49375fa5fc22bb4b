import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { headers, PermissionViolationError } from '@nats-io/nats-core';
import {
  AppError,
  answererOf,
  ENDPOINTS,
  inboxPrefixOf,
  NATS_USERS,
  type NatsUser,
  topologyOf,
} from '@sluice/contracts';
import { testNats, testNatsUrlOf } from '@sluice/testing';
import {
  applyTopology,
  connect,
  createLock,
  getObject,
  lastBySubject,
  type NatsConnection,
  onStatus,
  publishGuarded,
  publishStored,
  putObject,
  readSubject,
} from './index.ts';
import { jetStreamRequest } from './jetstream-request.ts';

const connections = new Map<NatsUser | 'root', NatsConnection>();
const as = (user: NatsUser | 'root'): NatsConnection => connections.get(user) ?? assert.fail(user);

/** What the server refused of what `act` did, as `publish <subject>` or `subscription <subject>`. */
async function refusedBy(nc: NatsConnection, act: () => void): Promise<string[]> {
  const refused: string[] = [];
  const forget = onStatus(nc, (status) => {
    if (status.type !== 'error' || !(status.error instanceof PermissionViolationError)) return;
    refused.push(`${status.error.operation} ${status.error.subject}`);
  });
  act();
  // The server answers in order: what it refused has arrived before its answer to this.
  await nc.flush();
  await new Promise((resolve) => setImmediate(resolve));
  forget();
  return refused;
}

const event = (name: string): string => `jobs.interactive.team1.job1.${name}`;
const stream = (verb: string, name = 'JOBS'): string => `$JS.API.STREAM.${verb}.${name}`;
const consumer = '$JS.API.CONSUMER.CREATE.JOBS.run-interactive';
const next = (name: string): string => `$JS.API.CONSUMER.MSG.NEXT.JOBS.${name}`;
const streamChanges = ['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'MSG.DELETE'].map((verb) => stream(verb));

/** One line for each rule: what a user that was stolen is refused. */
const REFUSED_PUBLISHES: Readonly<Record<NatsUser, readonly string[]>> = {
  gateway: [
    ...['ready', 'started', 'retrying', 'released', 'due', 'finished'].map(event),
    ...['timers.at.interactive.team1.job1', 'timers.due.interactive.team1.job1'],
    ...[...streamChanges, stream('CREATE', 'OTHER'), stream('PURGE', 'OBJ_payloads')],
    ...[consumer, '$JS.API.CONSUMER.CREATE.JOBS', '$JS.API.CONSUMER.CREATE.JOBS.x.jobs.>'],
    ...['$JS.API.CONSUMER.DURABLE.CREATE.JOBS.x', '$JS.API.CONSUMER.DELETE.JOBS.run-batch'],
    ...[next('run-interactive'), next('run-batch'), next('projector')],
    ...['$JS.ACK.JOBS.run-interactive.1.1.1.1.0', stream('MSG.GET', 'AUDIT'), stream('MSG.GET', 'TIMERS')],
    ...['auth.profiles.sealed', 'profiles.team1.profile1.changed', 'auth-events.revoked', 'auth-events.jwks'],
    ...['stored.jobs.interactive.team1.job1.finished', 'deltas.team1.job1', 'gateway.other.finished'],
    ...['audit.team1.team', 'cancelled.team1.job1', '_INBOX_auth.x', '_INBOX_provider-runner.x', 'anything'],
  ],
  'provider-runner': [
    ...['requested', 'ready', 'due'].map(event),
    ...['timers.due.interactive.team1.job1', ...streamChanges, consumer, next('projector')],
    ...['$JS.ACK.JOBS.projector.1.1.1.1.0', '$JS.API.CONSUMER.CREATE.JOBS'],
    ...['auth.login', 'auth.refresh', 'auth.profiles.create', 'jobs-api.get', 'audit.team1.team'],
    ...['jobs-api.cancel', 'jobs-api.delete', 'jobs-api.retry', 'cancelled.team1.job1', 'locks.sweeper'],
    ...['profiles.team1.profile1.changed', 'auth-events.jwks', '_INBOX_gateway.x', '_INBOX_auth.x'],
  ],
  auth: [
    ...['requested', 'started', 'finished'].map(event),
    ...[stream('MSG.GET'), '$JS.API.DIRECT.GET.JOBS', stream('INFO'), ...streamChanges, consumer],
    ...[next('run-interactive'), next('projector'), 'timers.at.interactive.team1.job1', 'deltas.team1.job1'],
    ...['gateway.other.finished', 'stored.jobs.interactive.team1.job1.finished', 'jobs-api.get'],
  ],
  jobs: [
    ...['started', 'retrying', 'due'].map(event),
    ...['timers.at.interactive.team1.job1', next('run-interactive'), next('run-batch'), consumer],
    ...['CREATE', 'UPDATE', 'DELETE'].map((verb) => stream(verb)),
    ...[stream('PURGE', 'AUDIT'), 'auth.login', 'auth.profiles.sealed', 'auth-events.jwks'],
    ...['profiles.team1.profile1.changed', 'audit.team1.team', 'deltas.team1.job1'],
  ],
  operator: [
    ...[event('requested'), event('finished'), stream('MSG.GET'), stream('INFO'), ...streamChanges, consumer],
    ...[
      next('run-interactive'),
      'auth.login',
      'auth.profiles.sealed',
      'audit.team1.team',
      '_INBOX_gateway.x',
    ],
  ],
  provisioner: [
    ...[
      event('requested'),
      event('finished'),
      stream('MSG.GET'),
      '$JS.API.DIRECT.GET.JOBS',
      stream('DELETE'),
    ],
    ...[
      stream('PURGE'),
      stream('CREATE', 'OTHER'),
      next('run-interactive'),
      'auth.login',
      'deltas.team1.job1',
    ],
    ...['$JS.API.CONSUMER.CREATE.JOBS.other', '$JS.API.CONSUMER.DELETE.JOBS.projector', 'anything'],
  ],
};

const inboxOf = (user: NatsUser): string => `${inboxPrefixOf(user)}.>`;
const REFUSED_SUBSCRIPTIONS: Readonly<Record<NatsUser, readonly string[]>> = {
  gateway: ['auth.>', 'auth.login', 'jobs.>', event('requested'), 'timers.>', '$JS.>', 'audit.>', '_R_.>'],
  'provider-runner': ['auth.>', 'auth.profiles.sealed', 'jobs.>', 'stored.>', 'deltas.>', 'gateway.*.frames'],
  auth: ['jobs.>', 'stored.>', 'deltas.>', 'jobs-api.get', 'gateway.*.finished', '$O.>'],
  jobs: ['jobs.>', 'stored.>', 'auth.login', 'auth.>', 'deltas.>', 'gateway.*.finished', 'audit.>'],
  operator: ['auth.>', 'jobs-api.>', 'jobs.>', 'stored.>', 'deltas.>', 'gateway.>', 'audit.>'],
  provisioner: ['auth.>', 'jobs.>', 'stored.>', 'deltas.>', 'gateway.>', 'audit.>', '$O.>'],
};

before(async () => {
  connections.set('root', await connect({ ...(await testNats()), name: 'test' }));
  for (const user of NATS_USERS) {
    connections.set(user, await connect({ url: await testNatsUrlOf(user), name: user }));
  }
  await applyTopology(as('provisioner'), topologyOf());
});
after(() => Promise.all([...connections.values()].map((nc) => nc.close())));

for (const user of NATS_USERS) {
  describe(`the user ${user}`, () => {
    it('is refused every publish that is not its own', async () => {
      const subjects = REFUSED_PUBLISHES[user];
      const refused = await refusedBy(as(user), () => {
        for (const subject of subjects) as(user).publish(subject, '{}');
      });
      assert.deepEqual(
        refused,
        subjects.map((subject) => `publish ${subject}`),
      );
    });

    it("is refused others' subjects and every inbox but its own", async () => {
      const inboxes = ['_INBOX.>', '>', ...NATS_USERS.filter((other) => other !== user).map(inboxOf)];
      const subjects = [...REFUSED_SUBSCRIPTIONS[user], ...inboxes];
      const refused = await refusedBy(as(user), () => {
        for (const subject of subjects) as(user).subscribe(subject, { callback: () => undefined });
      });
      assert.deepEqual(
        refused,
        subjects.map((subject) => `subscription ${subject}`),
      );
    });
  });
}

describe('an endpoint', () => {
  it('is asked by its callers alone, and answered by its service alone', async () => {
    for (const user of NATS_USERS) {
      const nc = as(user);
      const maySubscribe = ENDPOINTS.filter((one) => answererOf(one) === user).map(({ subject }) => subject);
      const mayAsk = ENDPOINTS.filter(({ callers }) => (callers as readonly string[]).includes(user));
      const refused = await refusedBy(nc, () => {
        for (const { subject } of ENDPOINTS) {
          nc.subscribe(subject, { queue: 'stolen', max: 1, callback: () => undefined }).unsubscribe();
          nc.publish(subject, '{}');
        }
      });
      for (const { subject } of ENDPOINTS) {
        const asking = mayAsk.some((one) => one.subject === subject);
        assert.equal(!refused.includes(`publish ${subject}`), asking, `${user} asks ${subject}`);
        const answering = maySubscribe.includes(subject);
        assert.equal(!refused.includes(`subscription ${subject}`), answering, `${user} answers ${subject}`);
      }
    }
  });

  it('answers across accounts, and not to a subject that its asker chose', async () => {
    const subscription = as('auth').subscribe('auth.logout', {
      callback: (_error, msg) => void msg.respond('{}'),
    });
    await as('auth').flush();
    assert.equal((await as('gateway').request('auth.logout', '{}')).string(), '{}');
    // An answer `{}` on this subject deletes the stream, where it arrives with the rights of whoever answers.
    as('gateway').publish('auth.logout', '{}', { reply: stream('DELETE', 'DELTAS') });
    await as('gateway').request('auth.logout', '{}');
    await as('root').flush();
    await jetStreamRequest(as('root'), stream('INFO', 'DELTAS'), {});
    subscription.unsubscribe();
  });
});

describe('what services do all day', () => {
  it('is permitted: work from the gateway to a runner, its end, and reading it', async () => {
    const guard = { filter: 'jobs.*.team1.job1.>', sequence: 0 };
    const requested = { stream: 'JOBS', subject: event('requested'), body: '{"n":1}', guard };
    assert.equal((await publishGuarded(as('gateway'), requested)).stored, true);
    assert.equal((await publishGuarded(as('gateway'), requested)).stored, false);
    // The delivery carries the subject it was stored with: only a subscription of its own finds it.
    const pull = { noMux: true, timeout: 5000 };
    const pulled = await as('provider-runner').request(next('run-interactive'), '{"batch":1}', pull);
    assert.equal(pulled.subject, event('requested'));
    await as('provider-runner').request(pulled.reply ?? '', '+ACK');
    const end = { filter: 'jobs.*.team1.job1.finished', sequence: 0 };
    const finished = { stream: 'JOBS', subject: event('finished'), body: '{}', guard: end };
    assert.equal((await publishGuarded(as('provider-runner'), finished)).stored, true);
    await publishStored(as('provider-runner'), { subject: 'deltas.team1.job1', body: '{}' });
    assert.equal((await lastBySubject(as('gateway'), 'JOBS', end.filter))?.sequence, 2);
    assert.equal((await readSubject(as('gateway'), 'DELTAS', 'deltas.team1.job1')).length, 1);
    assert.equal((await readSubject(as('jobs'), 'JOBS', 'jobs.*.team1.job1.*')).length, 2);
  });

  it('is permitted: the lock of the sweepers, and the new job of a retry', async () => {
    const lock = { stream: 'LOCKS', subject: 'locks.sweeper', holder: 'one', ttlMs: 10_000 };
    const [one, other] = [createLock(as('jobs'), lock), createLock(as('jobs'), lock)];
    assert.deepEqual([await one.hold(), await other.hold()], [true, false]);
    await one.release();
    assert.equal(await other.hold(), true);
    const guard = { filter: 'jobs.*.team1.retry1.>', sequence: 0 };
    const subject = 'jobs.interactive.team1.retry1.requested';
    assert.equal(
      (await publishGuarded(as('jobs'), { stream: 'JOBS', subject, body: '{}', guard })).stored,
      true,
    );
  });

  it('is permitted: large bodies', async () => {
    const reference = await putObject(as('gateway'), 'payloads', 'input-1', Buffer.alloc(400_000, 'x'));
    assert.equal((await getObject(as('provider-runner'), 'payloads', reference)).length, 400_000);
    assert.equal((await getObject(as('gateway'), 'payloads', reference)).length, 400_000);
  });

  it('is permitted: what the server stored, pieces, frames and events reach the gateway', async () => {
    const subjects = {
      root: 'stored.jobs.interactive.team1.job1.started',
      'provider-runner': 'gateway.abc.frames',
      auth: 'profiles.team1.profile1.changed',
    } as const;
    for (const [user, subject] of Object.entries(subjects) as [keyof typeof subjects, string][]) {
      const arrived = new Promise<string>((resolve) => {
        as('gateway').subscribe(subject, { max: 1, callback: (_error, msg) => resolve(msg.subject) });
      });
      await as('gateway').flush();
      as(user).publish(subject, '{}');
      assert.equal(await arrived, subject);
    }
  });
});

describe('a stolen gateway', () => {
  it('cannot have the server publish for it by choosing where it is answered', async () => {
    const before = await jetStreamRequest(as('root'), stream('INFO'), { subjects_filter: 'jobs.>' });
    const question = JSON.stringify({ last_by_subj: event('requested') });
    const reply = 'jobs.interactive.team1.forged.finished';
    as('gateway').publish('$JS.API.DIRECT.GET.JOBS', question, { reply });
    as('gateway').publish(stream('MSG.GET'), question, { reply });
    // Answered after both, on the same connection.
    await lastBySubject(as('gateway'), 'JOBS', event('requested'));
    await as('gateway').request('$JS.API.DIRECT.GET.JOBS', question);
    const after = await jetStreamRequest(as('root'), stream('INFO'), { subjects_filter: 'jobs.>' });
    const subjectsOf = (info: unknown) => (info as { state: { subjects: object } }).state.subjects;
    assert.deepEqual(subjectsOf(after), subjectsOf(before));
  });

  it('cannot make a schedule of the one thing that it may publish', async () => {
    const schedule = headers();
    schedule.set('Nats-Schedule', '@at 2020-01-01T00:00:00Z');
    schedule.set('Nats-Schedule-Target', event('finished'));
    const options = { headers: schedule, timeout: 5000 };
    const answer = await as('gateway').request('jobs.batch.team1.job2.requested', '{}', options);
    assert.equal(answer.json<{ error?: { err_code: number } }>().error?.err_code, 10188);
  });
});

describe('what is not permitted', () => {
  it('fails at once, and says what', async () => {
    const started = performance.now();
    const publication = { subject: event('finished'), body: '{}' };
    const notPermitted = (error: unknown) =>
      error instanceof AppError && error.code === 'internal' && error.retryable === false;
    await assert.rejects(publishStored(as('gateway'), publication), notPermitted);
    await assert.rejects(lastBySubject(as('auth'), 'JOBS', event('finished')), notPermitted);
    await assert.rejects(readSubject(as('auth'), 'JOBS', event('finished')), notPermitted);
    assert.ok(performance.now() - started < 5_000, 'before any time-out');
  });
});
