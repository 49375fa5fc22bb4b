import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sluice/contracts';
import { decideNamed, namesIn } from './decide-named.ts';

const profiles = [
  { id: 'id1', name: 'chat' },
  { id: 'id2', name: 'team/chat' },
  { id: 'id3', name: 'twice' },
  { id: 'id4', name: 'twice' },
  { id: 'chat5', name: 'id1' },
];
const named = (model: string) => {
  const { profile, override } = decideNamed(model, profiles);
  return [profile.id, override];
};
const refuses = (model: string, code: string) =>
  assert.throws(
    () => decideNamed(model, profiles),
    (error) => error instanceof AppError && error.code === code && error.details?.[0]?.path === 'model',
  );

test('a name may be the whole text or any part of it before a slash', () => {
  assert.deepEqual(namesIn('a/b/c'), ['a/b/c', 'a/b', 'a']);
  assert.deepEqual(namesIn('a'), ['a']);
  assert.deepEqual(namesIn('/a'), ['/a']);
  assert.deepEqual(namesIn('a/'), ['a/']);
});

test('a profile is named by its id, then by its name, then by what is before a slash', () => {
  assert.deepEqual(named('chat'), ['id1', undefined]);
  assert.deepEqual(named('id1'), ['id1', undefined], 'an id before another profile of that name');
  assert.deepEqual(named('chat/gpt-5'), ['id1', 'gpt-5']);
  assert.deepEqual(named('id3/openai/gpt-5'), ['id3', 'openai/gpt-5']);
});

test('the longest name wins, and what follows it is the model', () => {
  assert.deepEqual(named('team/chat'), ['id2', undefined]);
  assert.deepEqual(named('team/chat/gpt-5'), ['id2', 'gpt-5']);
});

test('what names nothing is not found; what names several is not guessed', () => {
  refuses('team', 'not_found');
  refuses('Chat', 'not_found');
  refuses('chat/', 'not_found');
  refuses('twice', 'conflict');
  refuses('twice/gpt-5', 'conflict');
});
