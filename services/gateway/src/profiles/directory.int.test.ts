import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { AppError, getProfile, profileChangedSubject, resolveProfile } from '@sluice/contracts';
import { connect, type NatsConnection, type Serving, serve } from '@sluice/messaging';
import { createLogger } from '@sluice/telemetry';
import { testNats } from '@sluice/testing';
import { PROFILE } from '../testing/gateway-under-test.ts';
import { createProfileDirectory, type ProfileDirectory } from './directory.ts';

const log = createLogger({ service: 'gateway', level: 'silent' });
const ID = 'request-1';
const notFound = (error: unknown) => error instanceof AppError && error.code === 'not_found';

describe('the directory of profiles', () => {
  let nc: NatsConnection;
  let auth: Serving;
  let names: Serving;
  let directory: ProfileDirectory;
  let asked: string[];
  let now: number;
  let duringAnswer: (() => void) | undefined;

  before(async () => {
    nc = await connect({ ...(await testNats()), name: 'test' });
    auth = serve(
      nc,
      'auth',
      getProfile,
      async ({ teamId, profileId }) => {
        asked.push(`${teamId}.${profileId}`);
        if (teamId !== 'team1' || profileId !== 'profile1')
          throw new AppError('not_found', 'no such profile');
        duringAnswer?.();
        return PROFILE;
      },
      { log },
    );
    names = serve(
      nc,
      'auth',
      resolveProfile,
      async ({ teamId, model }) => {
        asked.push(`${teamId} ${model}`);
        if (!model.startsWith('Default/')) throw new AppError('not_found', 'no such profile');
        duringAnswer?.();
        return { profile: PROFILE, override: model.slice('Default/'.length) };
      },
      { log },
    );
  });
  after(async () => {
    await Promise.all([auth.stop(), names.stop()]);
    await nc.close();
  });
  beforeEach(async () => {
    asked = [];
    now = 0;
    duringAnswer = undefined;
    directory = createProfileDirectory({ nc, log, now: () => now });
    await nc.flush();
  });
  afterEach(() => directory.close());

  const changed = async () => {
    nc.publish(profileChangedSubject('team1', 'profile1'), '{}');
    // A round trip: the change was delivered before the pong.
    await nc.flush();
  };

  it('asks auth once a minute for a profile', async () => {
    assert.deepEqual(await directory.require('team1', 'profile1', ID), PROFILE);
    now = 59_999;
    await directory.require('team1', 'profile1', ID);
    assert.equal(asked.length, 1);
    now = 60_000;
    await directory.require('team1', 'profile1', ID);
    assert.equal(asked.length, 2);
  });

  it('asks again once a profile has changed', async () => {
    await directory.require('team1', 'profile1', ID);
    await changed();
    await directory.require('team1', 'profile1', ID);
    assert.equal(asked.length, 2);
  });

  it('does not keep an answer that was under way while the profile changed', async () => {
    duringAnswer = () => nc.publish(profileChangedSubject('team1', 'profile1'), '{}');
    await directory.require('team1', 'profile1', ID);
    duringAnswer = undefined;
    await directory.require('team1', 'profile1', ID);
    assert.equal(asked.length, 2);
  });

  it('names an unknown profile, and remembers nothing of it', async () => {
    for (const teamId of ['team1', 'team2']) {
      const profileId = teamId === 'team1' ? 'profile2' : 'profile1';
      await assert.rejects(directory.require(teamId, profileId, ID), {
        message: `AI profile ${profileId} not found`,
      });
      await assert.rejects(directory.require(teamId, profileId, ID), notFound);
    }
    assert.equal(asked.length, 4);
  });

  it('never asks for what cannot be an id', async () => {
    for (const id of ['', '*', '>', 'a.b', 'a b', 'x'.repeat(65)]) {
      await assert.rejects(directory.require('team1', id, ID), notFound, id);
    }
    assert.deepEqual(asked, []);
  });

  it("keeps what a name means for a minute, until any of the team's profiles changes", async () => {
    const resolve = (model: string, team = 'team1') => directory.resolve(team, model, ID);
    assert.deepEqual(await resolve('Default/gpt-5'), { profile: PROFILE, override: 'gpt-5' });
    await resolve('Default/gpt-5');
    assert.equal(asked.length, 1);
    await resolve('Default/gpt-5', 'team2');
    await resolve('Default/o3');
    assert.equal(asked.length, 3);
    // Another profile may have got the name.
    nc.publish(profileChangedSubject('team1', 'profile2'), '{}');
    await nc.flush();
    await resolve('Default/gpt-5');
    await resolve('Default/gpt-5', 'team2');
    assert.equal(asked.length, 4);
    now = 60_000;
    await resolve('Default/gpt-5', 'team2');
    assert.equal(asked.length, 5);
    await assert.rejects(resolve('unknown'), notFound);
    await assert.rejects(resolve('unknown'), notFound);
    assert.equal(asked.length, 7);
    duringAnswer = () => nc.publish(profileChangedSubject('team1', 'profile2'), '{}');
    await resolve('Default/new');
    duringAnswer = undefined;
    await resolve('Default/new');
    assert.equal(asked.length, 9);
  });

  it('says that auth is away', async () => {
    const elsewhere = await connect({ ...(await testNats()), name: 'test-away' });
    await auth.stop();
    const directory = createProfileDirectory({ nc: elsewhere, log });
    await assert.rejects(
      directory.require('team1', 'profile1', ID),
      (error) => error instanceof AppError && error.code === 'unavailable',
    );
    await elsewhere.close();
  });
});
