import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileOf, objectOfFile } from './file-id.ts';
import { imageTypeOf } from './image-type.ts';

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

test('an image is known by its first bytes, and nothing else is one', () => {
  assert.equal(imageTypeOf(latin1('\x89PNG\r\n\x1a\n\0\0\0\rIHDR')), 'image/png');
  assert.equal(imageTypeOf(latin1('\xff\xd8\xff\xe0\0\x10JFIF')), 'image/jpeg');
  assert.equal(imageTypeOf(latin1('GIF87a')), 'image/gif');
  assert.equal(imageTypeOf(latin1('GIF89a')), 'image/gif');
  assert.equal(imageTypeOf(latin1('RIFF\x1a\n\0\0WEBPVP8 ')), 'image/webp');
  for (const other of ['', '\x89PN', '<svg xmlns="', 'RIFF\0\0\0\0WAVE', ' GIF89a', '<html>', '%PDF-1.7']) {
    assert.equal(imageTypeOf(latin1(other)), undefined, other);
  }
});

test("a file's id names its object for its own team; for another it names another object", () => {
  for (const jobId of ['job1', 'a-b_c-d']) {
    const { id, object } = fileOf('team1', jobId);
    assert.equal(objectOfFile('team1', id), object);
    assert.ok(object.startsWith(`team1/${jobId}/`));
    assert.notEqual(objectOfFile('team2', id), object);
  }
});

test('what is no id of a file names nothing, and leads to no other object', () => {
  const { id } = fileOf('team1', 'job1');
  for (const wrong of [
    '',
    'job1',
    id.toUpperCase(),
    `../${id}`,
    `x/${id}`,
    `${id}x`,
    `.${id}`,
    id.slice(4),
  ]) {
    assert.equal(objectOfFile('team2', wrong), null, wrong);
  }
});
