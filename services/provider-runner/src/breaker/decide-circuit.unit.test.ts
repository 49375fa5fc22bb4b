import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Circuit } from '@sluice/contracts';
import { decideAfterCall, decideCallEnd, decideEntry } from './decide-circuit.ts';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');
const at = (ms: number) => new Date(NOW + ms).toISOString();
const limits = { failures: 3, openMs: 1000, probeMs: 5000 };
const moment = { now: NOW, random: 0.5 };
const circuit = (fields: Partial<Circuit>): Circuit => ({
  ...{ v: 1, failures: 0, openUntil: null, probe: null, at: at(-10) },
  ...fields,
});
const enter = (known: Circuit | null, jobId = 'job') => decideEntry(known, jobId, limits, moment);
const after = (known: Circuit | null, end: 'answered' | 'failed' | 'dropped', probe = false) =>
  decideAfterCall(known, { jobId: 'job', probe, end }, limits, NOW);

test('a circuit that is unknown or closed lets everybody pass', () => {
  assert.deepEqual(enter(null), { action: 'pass' });
  assert.deepEqual(enter(circuit({ failures: 2 })), { action: 'pass' });
});

test('an open one parks until its time, spread over a quarter of it', () => {
  assert.deepEqual(enter(circuit({ openUntil: at(400) })), { action: 'park', until: NOW + 400 + 125 });
});

test('after its time one job probes, and the others wait for it, unless it is silent for too long', () => {
  const due = circuit({ failures: 3, openUntil: at(-1) });
  const probe = { jobId: 'job', until: at(5000) };
  assert.deepEqual(enter(due), { action: 'probe', circuit: { ...due, probe, at: at(0) } });
  const taken = circuit({ openUntil: at(-1), probe: { jobId: 'other', until: at(5000) } });
  assert.deepEqual(enter(taken), { action: 'park', until: NOW + 250 + 125 });
  assert.equal(enter(taken, 'other').action, 'probe');
  assert.equal(
    enter(circuit({ openUntil: at(-1), probe: { jobId: 'other', until: at(0) } })).action,
    'probe',
  );
});

test('failures one after the other open it, an answer in between begins the count anew', () => {
  const one = after(null, 'failed');
  assert.deepEqual(one, circuit({ failures: 1, at: at(0) }));
  assert.deepEqual(after(circuit({ failures: 2 }), 'failed')?.openUntil, at(1000));
  assert.deepEqual(after(circuit({ failures: 2 }), 'answered'), circuit({ at: at(0) }));
  assert.equal(after(circuit({}), 'answered'), null);
  assert.equal(after(circuit({ failures: 2 }), 'dropped'), null);
});

test('a probe decides: open again, closed, or left to another', () => {
  const probing = circuit({ failures: 3, openUntil: at(-1), probe: { jobId: 'job', until: at(5000) } });
  const open = { failures: 4, openUntil: at(1000), probe: null, at: at(0) };
  assert.deepEqual(after(probing, 'failed', true), circuit(open));
  assert.deepEqual(after(probing, 'answered', true), circuit({ at: at(0) }));
  assert.deepEqual(after(probing, 'dropped', true), { ...probing, probe: null, at: at(0) });
});

test('ends of other calls change nothing while it is open', () => {
  const open = circuit({ failures: 3, openUntil: at(500) });
  for (const end of ['answered', 'failed', 'dropped'] as const) assert.equal(after(open, end), null);
  const probing = circuit({ openUntil: at(-1), probe: { jobId: 'other', until: at(5000) } });
  assert.equal(after(probing, 'answered', true), null);
});

test('what counts is a provider that is away, overloaded or too slow; its refusals show that it is there', () => {
  assert.equal(decideCallEnd('provider_unavailable'), 'failed');
  assert.equal(decideCallEnd('provider_first_token_timeout'), 'failed');
  assert.equal(decideCallEnd(null), 'answered');
  assert.equal(decideCallEnd('provider_rate_limited'), 'answered');
  assert.equal(decideCallEnd('provider_authentication'), 'answered');
  for (const code of ['profile_unavailable', 'key_unreadable', 'deadline_exceeded', 'internal'] as const) {
    assert.equal(decideCallEnd(code), 'dropped');
  }
});
