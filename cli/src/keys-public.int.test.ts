import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyRing, parsePublicKeys } from '@sluice/sealing';
import { runSluice } from './sluice-process.ts';

const SECRET = 'the secret of the runners';
const EARLIER = 'the one before';

describe('sluice keys public', () => {
  it('prints what auth reads: the public side of the current key, then of the earlier ones', async () => {
    const ring = await keyRing(SECRET, EARLIER);
    const ended = await runSluice(['keys', 'public'], {
      API_KEY_ENCRYPTION_KEY: SECRET,
      API_KEY_ENCRYPTION_KEY_PREVIOUS: EARLIER,
    });
    assert.equal(ended.code, 0);
    const read = await parsePublicKeys(ended.stdout.trim());
    assert.deepEqual(
      read.map(({ keyId }) => keyId),
      [...ring.byId.keys()],
    );
    assert.equal(read[0].keyId, ring.current.keyId);
    for (const shown of [ended.stdout, ended.stderr]) {
      assert.ok(!shown.includes(SECRET) && !shown.includes(EARLIER));
    }
  });

  it('names the variable that is not set, or empty', async () => {
    for (const env of [{}, { API_KEY_ENCRYPTION_KEY: '' }]) {
      const ended = await runSluice(['keys', 'public'], env);
      assert.equal(ended.code, 1);
      assert.equal(ended.stdout, '');
      assert.match(ended.stderr, /^API_KEY_ENCRYPTION_KEY is not set/);
    }
  });
});
