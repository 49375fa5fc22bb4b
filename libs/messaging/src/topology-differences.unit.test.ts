import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from './topology-differences.ts';

test('only what is named counts, at any depth; a zero left out is no difference, nor is the order of names', () => {
  const current = {
    subjects: ['b', 'a'],
    max_age: 5,
    republish: { src: 'x', dest: 'y', headers_only: false },
    sources: [{ name: 'T', subject_transforms: [{ src: 'p', dest: 'q' }], filter_subject: '' }],
    metadata: { '_nats.level': '1' },
    num_replicas: 1,
  };
  const same = {
    subjects: ['a', 'b'],
    max_age: 5,
    republish: { src: 'x', dest: 'y' },
    sources: [{ name: 'T', subject_transforms: [{ src: 'p', dest: 'q' }] }],
    deny_delete: false,
    no_ack: undefined,
    placement: null,
    backoff: [],
  };
  assert.deepEqual(differences(current, same), []);
});

test('each difference names the field and both values', () => {
  assert.deepEqual(
    differences(
      { max_age: 5, subjects: ['a'], republish: { src: 'x', dest: 'y' } },
      { max_age: 6, subjects: ['a', 'b'], republish: { src: 'x', dest: 'z' }, allow_direct: true },
    ),
    [
      { field: 'max_age', current: 5, wanted: 6 },
      { field: 'subjects', current: ['a'], wanted: ['a', 'b'] },
      { field: 'republish', current: { src: 'x', dest: 'y' }, wanted: { src: 'x', dest: 'z' } },
      { field: 'allow_direct', current: undefined, wanted: true },
    ],
  );
});
