// The server checks what a user publishes and not where it wants to be answered: JetStream publishes a stored body, of
// whoever's making, on any subject that the asker names (ADR 0049).
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NATS_USERS, type NatsUser, permissionsOf, topologyOf } from '@sluice/contracts';
import { testNats, testNatsUrlOf } from '@sluice/testing';
import { applyTopology, connect, type NatsConnection } from './index.ts';

const PERMISSIONS = permissionsOf();
/** What a stolen login would like to have published for it, with a body that does harm there. */
const WANTED: Readonly<Record<string, string>> = {
  '$JS.API.STREAM.DELETE.AUDIT': '',
  '$JS.API.STREAM.PURGE.DELTAS': '',
  '$JS.API.STREAM.CREATE.EVIL': '{"name":"EVIL","subjects":["evil.>"],"storage":"memory"}',
  'across.$JS.API.STREAM.DELETE.AUDIT': '',
  'auth.teams.rename': '{"teamId":"team1","body":{"name":"stolen"}}',
  'jobs-api.delete-team': '{"teamId":"team1"}',
  'audit.team1.member': '{"v":1,"id":"forged"}',
  'auth-events.jwks': '{"v":1,"keys":[]}',
  'auth-events.revoked': '{"v":1,"revocations":[]}',
  'profiles.team1.profile1.changed': '{"v":1}',
  'cancelled.team1.job1': '{"v":1}',
  'gateway.abc.finished': '{"v":1}',
  'gateway.abc.frames': '{"v":1}',
  'jobs.interactive.team1.forged.requested': '{"v":1}',
  'jobs.interactive.team1.forged.started': '{"v":1}',
  'jobs.interactive.team1.forged.finished': '{"v":1}',
  'stored.jobs.interactive.team1.forged.finished': '{"v":1}',
  'stored.breakers.forged': '{"v":1}',
  'deltas.team1.forged': '{"v":1}',
  'timers.due.interactive.team1.forged': '{"v":1}',
  '_INBOX_auth.forged': '{"v":1}',
  '_INBOX_gateway.forged': '{"v":1}',
  _R_forged: '{"v":1}',
};

const connections = new Map<NatsUser | 'root', NatsConnection>();
const as = (user: NatsUser | 'root'): NatsConnection => connections.get(user) ?? assert.fail(user);

const matches = (subject: string, pattern: string): boolean => {
  const tokens = subject.split('.');
  const wanted = pattern.split('.');
  return (
    wanted.every((token, at) => token === '>' || (at < tokens.length && ['*', tokens[at]].includes(token))) &&
    (wanted.at(-1) === '>' || wanted.length === tokens.length)
  );
};
const may = (user: NatsUser, subject: string): boolean =>
  PERMISSIONS[user].publish.some((pattern) => matches(subject, pattern));

/** Everything that arrives anywhere but with the thief's own login: `<who heard it> <subject>`. */
const heardWithout = async (thief: NatsUser, act: () => Promise<void>): Promise<string[]> => {
  const heard: string[] = [];
  const listen = (who: NatsUser | 'root', subject: string) =>
    as(who).subscribe(subject, { callback: (_error, msg) => void heard.push(`${who} ${msg.subject}`) });
  const others = NATS_USERS.filter((user) => user !== thief);
  const subscriptions = [
    listen('root', '>'),
    ...others.flatMap((user) => PERMISSIONS[user].subscribe.map((subject) => listen(user, subject))),
  ];
  await Promise.all([...connections.values()].map((nc) => nc.flush()));
  await act();
  for (const subscription of subscriptions) subscription.unsubscribe();
  return heard;
};

/** A stored message with this body, where the user may store one; undefined where it may not. */
const STORES: Partial<Record<NatsUser, string>> = {
  gateway: 'jobs.interactive.thief.job1.requested',
  jobs: 'jobs.interactive.thief.job1.ready',
  'provider-runner': 'jobs.interactive.thief.job1.started',
  auth: 'audit.thief.member',
};

/** Asks everything that the user may ask, to be answered on `reply`. */
const askEverything = (user: NatsUser, reply: string, sequence: number): void => {
  const bodyFor = (subject: string): string => {
    if (/MSG\.GET|DIRECT\.GET/.test(subject)) return JSON.stringify({ seq: sequence });
    if (subject.includes('MSG.NEXT')) return '{"batch":1000,"no_wait":true}';
    return '{}';
  };
  for (const pattern of PERMISSIONS[user].publish) {
    // Its own work is not what is asked here: nothing is deleted, changed or stored anew.
    if (/\.(PURGE|DELETE|CREATE|UPDATE)\./.test(pattern) || pattern === '_R_.>') continue;
    const subject = pattern.replaceAll('*', 'thief').replace('>', 'thief');
    as(user).publish(subject, bodyFor(subject), { reply });
  }
};

before(async () => {
  connections.set('root', await connect({ ...(await testNats()), name: 'test' }));
  for (const user of NATS_USERS) {
    connections.set(user, await connect({ url: await testNatsUrlOf(user), name: user }));
  }
  await applyTopology(as('provisioner'), topologyOf());
});
after(() => Promise.all([...connections.values()].map((nc) => nc.close())));

const streamNames = async (): Promise<string[]> =>
  (await as('root').request('$JS.API.STREAM.NAMES', '')).json<{ streams: string[] }>().streams.toSorted();

for (const user of NATS_USERS) {
  describe(`a stolen ${user}`, () => {
    it('has nothing published for it by choosing where it is answered', async () => {
      const streams = await streamNames();
      const forged = Object.entries(WANTED).filter(([subject]) => !may(user, subject));
      const heard = await heardWithout(user, async () => {
        for (const [reply, body] of forged) {
          const store = STORES[user];
          const stored = store ? (await as(user).request(store, body)).json<{ seq: number }>() : { seq: 1 };
          askEverything(user, reply, stored.seq);
          await as(user).flush();
        }
        // What JetStream answers after all of them has passed every account.
        if (STORES[user]) await as(user).request(STORES[user], '{}');
        await as('root').request('$JS.API.STREAM.INFO.JOBS', '');
        await Promise.all([...connections.values()].map((nc) => nc.flush()));
      });
      const reached = heard.filter((line) => forged.some(([subject]) => line.endsWith(` ${subject}`)));
      assert.deepEqual(reached, []);
      assert.deepEqual(await streamNames(), streams);
      assert.ok(user === 'provisioner' || heard.length > 0, 'what it may do was heard');
    });
  });
}
