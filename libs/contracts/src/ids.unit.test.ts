import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeId, idSchema, newId } from './ids.ts';

describe('an id', () => {
  it('is base 32 as RFC 4648, section 10, in lower case and without padding', () => {
    const vectors = {
      f: 'my',
      fo: 'mzxq',
      foo: 'mzxw6',
      foob: 'mzxw6yq',
      fooba: 'mzxw6ytb',
      foobar: 'mzxw6ytboi',
    };
    for (const [text, expected] of Object.entries(vectors)) {
      assert.equal(encodeId(new TextEncoder().encode(text)), expected);
    }
    assert.equal(encodeId(new Uint8Array(0)), '');
  });

  it('differs for different bytes and is one subject token', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        assert.equal(encodeId(a).length, 26);
        assert.ok(idSchema.safeParse(encodeId(a)).success);
        assert.equal(encodeId(a) === encodeId(b), Buffer.from(a).equals(b));
      }),
    );
  });

  it('is new each time', () => {
    assert.equal(new Set(Array.from({ length: 1000 }, newId)).size, 1000);
  });

  it('is refused with what a subject cannot hold', () => {
    for (const text of ['', 'a.b', 'a b', '*', '>', 'ä', 'a'.repeat(65), 'a\n']) {
      assert.equal(idSchema.safeParse(text).success, false, JSON.stringify(text));
    }
  });
});
