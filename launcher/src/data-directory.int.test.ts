import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { lockDataDirectory, openDataDirectory } from './data-directory.ts';
import { loadSecrets } from './secrets.ts';

let root: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-data-'));
});
after(() => rm(root, { recursive: true, force: true }));

const module = JSON.stringify(new URL('./data-directory.ts', import.meta.url).href);

/** Locks the directory in another process that then ends as the given code says. */
const lockElsewhere = (directory: string, ending: string) => {
  const path = JSON.stringify(directory);
  const script = `
    const { lockDataDirectory, openDataDirectory } = await import(${module});
    lockDataDirectory(openDataDirectory(${path}));
    console.log('locked');
    ${ending}
  `;
  const marker = 'launcher';
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, marker]);
};

describe('the lock on a data directory', () => {
  it('refuses a second start, and lets one in after the first gave it back', async () => {
    const data = openDataDirectory(join(root, 'held'));
    const unlock = lockDataDirectory(data);
    // This process's command line contains launcher/src, as a start's does.
    await assert.rejects(lockElsewhere(data.root, ''), /Sluice already runs on .*held \(process \d+\)/);
    unlock();
    await lockElsewhere(data.root, '');
  });

  it('is taken over from a start that was killed', async () => {
    const data = openDataDirectory(join(root, 'stale'));
    await assert.rejects(lockElsewhere(data.root, `process.kill(process.pid, 'SIGKILL')`));
    lockDataDirectory(data)();
  });

  it('is taken over from a damaged file', async () => {
    const data = openDataDirectory(join(root, 'damaged'));
    await writeFile(data.pidFile('launcher'), '{"pid":');
    lockDataDirectory(data)();
  });
});

describe('the secrets', () => {
  it('are made once, kept for the owner alone, and the same at the next start', async () => {
    const path = join(root, 'secrets.json');
    const first = await loadSecrets(path, {});
    assert.ok(first.JWT_SECRET.length >= 32);
    assert.notEqual(first.JWT_SECRET, first.API_KEY_ENCRYPTION_KEY);
    assert.deepEqual(await loadSecrets(path, {}), first);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('of the environment come first and are not written down', async () => {
    const path = join(root, 'given.json');
    const JWT_SECRET = 'given-by-the-environment-0123456789';
    const given = await loadSecrets(path, { JWT_SECRET });
    assert.equal(given.JWT_SECRET, JWT_SECRET);
    const later = await loadSecrets(path, {});
    assert.notEqual(later.JWT_SECRET, JWT_SECRET);
    assert.equal(later.API_KEY_ENCRYPTION_KEY, given.API_KEY_ENCRYPTION_KEY);
    assert.equal(later.SEALING_PUBLIC_KEYS, given.SEALING_PUBLIC_KEYS);
  });
});
