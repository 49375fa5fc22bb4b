import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideAnswer } from './decide-answer.ts';

test('without a preference the job is accepted', () => {
  assert.deepEqual(decideAnswer({}), { form: 'accepted' });
  assert.deepEqual(decideAnswer({ accept: 'application/json', stream: false }), { form: 'accepted' });
});
test('a wait is taken in seconds and cut at 300', () => {
  assert.deepEqual(decideAnswer({ prefer: 'wait=20' }), { form: 'wait', seconds: 20 });
  assert.deepEqual(decideAnswer({ prefer: 'handling=lenient, Wait = 9999' }), { form: 'wait', seconds: 300 });
  assert.deepEqual(decideAnswer({ prefer: 'wait=soon' }), { form: 'accepted' });
});
test('events are sent when Accept or stream asks for them', () => {
  assert.deepEqual(decideAnswer({ accept: 'text/event-stream' }), { form: 'stream' });
  assert.deepEqual(decideAnswer({ accept: 'application/json, Text/Event-Stream;q=0.9' }), { form: 'stream' });
  assert.deepEqual(decideAnswer({ stream: true, prefer: 'wait=5' }), { form: 'stream' });
});
test('respond-async wins over everything', () => {
  assert.deepEqual(
    decideAnswer({ accept: 'text/event-stream', prefer: 'respond-async, wait=10', stream: true }),
    {
      form: 'accepted',
    },
  );
});
