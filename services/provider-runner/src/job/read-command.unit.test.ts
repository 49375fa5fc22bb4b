import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobSubject } from '@sluice/contracts';
import { readCommand } from './read-command.ts';

const subject = { teamId: 'team1', jobId: 'job1', priority: 'interactive', event: 'requested' } as JobSubject;
const command = {
  v: 1,
  ...{ jobId: 'job1', teamId: 'team1', userId: 'user1', aiProfileId: 'profile1', gatewayId: 'gateway1' },
  ...{ priority: 'interactive', requestId: 'request-1', traceId: 'a'.repeat(32) },
  ...{ at: '2026-01-01T00:00:00.000Z', deadlineAt: null, maxAttempts: 3, stream: false },
};
const read = (body: object) =>
  readCommand({ json: () => body } as Parameters<typeof readCommand>[0], subject);

test('a command whose input is not what its kind takes has a fault that names the place', () => {
  assert.ok('command' in read({ ...command, kind: 'embedding', input: { input: ['one'] } }));
  const image = read({ ...command, kind: 'image', input: { input: ['one'] } });
  assert.ok('fault' in image);
  assert.match(image.fault, /input\.prompt/);
  assert.ok('fault' in read({ ...command, kind: 'poem', input: {} }));
  assert.ok('fault' in read({ ...command, kind: 'image' }), 'no input at all');
});
