import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { Agent } from 'undici';
import { createFetchImage, type FetchImage } from './fetch-image.ts';
import { createProviderAgent } from './http-exchange.ts';

const GIF = Buffer.from('GIF89a and so on');
const LARGE = 33 * 1024 * 1024;
const server = createServer((incoming, response) => {
  const path = incoming.url ?? '';
  const hops = /^\/hops\/(\d+)$/.exec(path)?.[1];
  if (hops !== undefined) {
    response.writeHead(302, { location: hops === '1' ? '/gif' : `/hops/${Number(hops) - 1}` }).end();
  } else if (path.startsWith('/to/')) {
    response.writeHead(307, { location: decodeURIComponent(path.slice('/to/'.length)) }).end();
  } else if (path === '/gif') {
    response.writeHead(200, { 'content-type': 'text/html' }).end(GIF);
  } else if (path === '/page') {
    response.writeHead(200, { 'content-type': 'image/png' }).end('<html><script>');
  } else if (path === '/large') {
    // Without an end: who read on would wait for it.
    response.writeHead(200).write(Buffer.concat([GIF, Buffer.alloc(LARGE)]));
  } else if (path !== '/silent') {
    response.writeHead(404).end();
  }
});

let dispatcher: Agent;
let fetchImage: FetchImage;
let origin: string;
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  origin = `http://${host}`;
  dispatcher = createProviderAgent({ connections: 4, connectMs: 2000, allowedHosts: [host] });
  fetchImage = createFetchImage(dispatcher, [host]);
});
after(async () => {
  await dispatcher.destroy();
  server.closeAllConnections();
  server.close();
});

const fetched = (url: string) => fetchImage(url, new AbortController().signal);
async function faultOf(url: string): Promise<string> {
  const image = await fetched(url);
  assert.ok(!image.ok, url);
  return image.fault;
}

test('an image is what its bytes are, whatever its content type says', async () => {
  const image = await fetched(`${origin}/gif`);
  assert.deepEqual(image, { ok: true, image: { mimeType: 'image/gif', bytes: GIF } });
  assert.match(await faultOf(`${origin}/page`), /no png, jpeg, gif or webp/);
});

test('addresses that a profile may not have are not fetched, nor redirected to', async () => {
  const refused = [
    'http://images.example/a.png',
    'https://127.0.0.1/a.png',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/a.png',
    'file:///etc/passwd',
    'https://user:pass@images.example/a.png',
  ];
  for (const url of refused) {
    assert.match(await faultOf(url), /is at an address that must|is at an address that is a private/);
    assert.match(await faultOf(`${origin}/to/${encodeURIComponent(url)}`), /is at an address that/);
  }
});

test('three redirects are followed and no more', async () => {
  assert.ok((await fetched(`${origin}/hops/3`)).ok);
  assert.match(await faultOf(`${origin}/hops/4`), /3 redirects/);
});

test('what is too large is not read to its end, and what is not there says its status', async () => {
  assert.match(await faultOf(`${origin}/large`), /larger than 32 MB/);
  assert.match(await faultOf(`${origin}/missing`), /answered 404/);
});

test('a job that ends ends the fetch', async () => {
  const control = new AbortController();
  const asked = once(server, 'request');
  const waiting = fetchImage(`${origin}/silent`, control.signal);
  await asked;
  const reason = new Error('the job has ended');
  control.abort(reason);
  await assert.rejects(waiting, reason);
});
