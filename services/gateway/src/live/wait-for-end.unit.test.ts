import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import type { Command } from '@sluice/contracts';
import { waitForEnd } from './wait-for-end.ts';

/** Nothing ever comes of the job. */
const silent = {
  live: { follow: () => () => undefined },
  watches: {},
} as unknown as Parameters<typeof waitForEnd>[0];
const command = { teamId: 'team1', jobId: 'job1' } as Command;

test('who left before the waiting began is not waited for', async () => {
  const client = new ServerResponse(new IncomingMessage(new Socket()));
  client.destroy();
  assert.equal(await waitForEnd(silent, command, { waitMs: 60_000, client }).end, null);
});
