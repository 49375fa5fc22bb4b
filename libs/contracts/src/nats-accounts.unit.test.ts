import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { natsAccountsOf } from './nats-accounts.ts';

describe('the accounts of nats-server', () => {
  const accounts = natsAccountsOf({ passwordOf: () => '"x"' });
  const streams = accounts.filter(({ jetstream }) => jetstream);

  it('are one for each user, and one with the streams in which nobody logs in', () => {
    assert.deepEqual(
      streams.map(({ name, users }) => ({ name, users })),
      [{ name: 'SLUICE', users: [] }],
    );
    for (const { users } of accounts.filter(({ jetstream }) => !jetstream)) assert.equal(users.length, 1);
  });

  it('hear an event from whoever tells it, and of the streams only what JetStream publishes', () => {
    const heard = accounts.flatMap(({ imports = [] }) => imports.filter(({ kind }) => kind === 'stream'));
    const ofStreams = heard.filter(({ from }) => from === 'SLUICE').map(({ subject }) => subject);
    assert.deepEqual(ofStreams.toSorted(), ['deltas.*.*', 'stored.breakers.*', 'stored.jobs.*.*.*.*']);
    const finished = heard.filter(({ subject }) => subject === 'gateway.*.finished').map(({ from }) => from);
    assert.deepEqual(finished.toSorted(), ['SLUICE-jobs', 'SLUICE-provider-runner']);
  });

  it('export to nobody but who imports', () => {
    for (const { name, exports = [] } of accounts) {
      for (const { kind, subject, to } of exports) {
        assert.ok(to.length > 0, `${subject} is exported to somebody`);
        for (const importer of to) {
          const { imports = [] } = accounts.find((one) => one.name === importer) ?? assert.fail(importer);
          const found = imports.some(
            (one) => one.kind === kind && one.subject === subject && one.from === name,
          );
          assert.ok(found, `${importer} imports ${subject} of ${name}`);
        }
      }
    }
  });
});
