import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cachedBinary, storeBinary } from './binary-cache.ts';
import { download } from './download.ts';

const CONTENT = 'a server program';
const sha256 = createHash('sha256').update(CONTENT).digest('hex');

let root: string;
let site: Server;
let base: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-download-'));
  site = createServer((request, response) => {
    if (request.url === '/file') response.end(CONTENT);
    else if (request.url === '/stuck') response.write(CONTENT.slice(0, 3));
    else if (request.url !== '/silent') response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  const address = site.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});

after(async () => {
  site.closeAllConnections();
  site.close();
  await rm(root, { recursive: true, force: true });
});

const fetchFile = (path: string, bounds: { connectTimeoutMs?: number; totalTimeoutMs?: number } = {}) =>
  download({
    url: base + path,
    sha256,
    to: join(root, 'file'),
    connectTimeoutMs: 5_000,
    totalTimeoutMs: 5_000,
    ...bounds,
  });

describe('a download', () => {
  it('arrives and is verified', async () => {
    await fetchFile('/file');
    assert.equal(await readFile(join(root, 'file'), 'utf8'), CONTENT);
  });

  it('is refused when its bytes are not the pinned ones, with both sums named', async () => {
    const url = `${base}/file`;
    const wrong = { url, sha256: '00', to: join(root, 'x'), connectTimeoutMs: 5_000, totalTimeoutMs: 5_000 };
    await assert.rejects(download(wrong), new RegExp(`SHA-256 is ${sha256}, expected 00`));
  });

  it('gives up on a site that does not answer, does not deliver, refuses, or is not there', async () => {
    await assert.rejects(fetchFile('/silent', { connectTimeoutMs: 50 }), /did not answer within/);
    await assert.rejects(fetchFile('/stuck', { totalTimeoutMs: 50 }), /did not deliver within/);
    await assert.rejects(fetchFile('/other'), /answered 404/);
    const gone = { url: 'http://127.0.0.1:1/file', sha256, to: join(root, 'x') };
    const bounds = { connectTimeoutMs: 5_000, totalTimeoutMs: 5_000 };
    await assert.rejects(download({ ...gone, ...bounds }), /was not reached/);
  });
});

describe('the cache of programs', () => {
  const slotIn = (name: string) => ({ cacheDir: join(root, name), entry: 'server-1.0.0', program: 'server' });
  const produce = (text: string) => (scratch: string) => writeFile(join(scratch, 'server'), text);

  it('gives back what was stored, and nothing that was damaged since', async () => {
    const slot = slotIn('damaged');
    assert.equal(await cachedBinary(slot), undefined);
    const path = await storeBinary(slot, produce('whole'));
    assert.equal(await cachedBinary(slot), path);
    await writeFile(path, 'torn');
    assert.equal(await cachedBinary(slot), undefined);
    await storeBinary(slot, produce('whole again'));
    assert.equal(await readFile(path, 'utf8'), 'whole again');
  });

  it('ends with one whole copy and no rubbish when several store at once', async () => {
    const slot = slotIn('crowded');
    const paths = await Promise.all(['a', 'b', 'c', 'd'].map((text) => storeBinary(slot, produce(text))));
    assert.equal(new Set(paths).size, 1);
    assert.ok(await cachedBinary(slot));
    assert.deepEqual(await readdir(slot.cacheDir), [slot.entry]);
  });

  it('keeps nothing of a production that failed', async () => {
    const slot = slotIn('failed');
    await assert.rejects(
      storeBinary(slot, () => Promise.reject(new Error('cut off'))),
      /cut off/,
    );
    assert.deepEqual(await readdir(slot.cacheDir), []);
    await assert.rejects(access(join(slot.cacheDir, slot.entry)));
  });
});
