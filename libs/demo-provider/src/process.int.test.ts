import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startDemoProvider } from './server.ts';
import { ask, callsOf } from './test-client.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

test('as a process it says its URL in one JSON line, answers, and ends on SIGTERM', async () => {
  const child = spawn(process.execPath, [main], { env: { PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  const { url, port } = JSON.parse(line);
  assert.equal(url, `http://127.0.0.1:${port}/v1`);
  assert.equal((await ask(url, 'demo')).status, 200);
  const held = assert.rejects(ask(url, 'demo?key=held&hang=0'));
  await callsOf(url, 'key=held&count=1');
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  await held;
});

test('a PORT that is none ends the process with a complaint', async () => {
  const child = spawn(process.execPath, [main], {
    env: { PORT: 'http' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [line] = await once(createInterface(child.stderr), 'line');
  assert.equal(line, 'PORT is not a port number');
  const [code] = await once(child, 'close');
  assert.equal(code, 1);
});

test('a taken port rejects', async () => {
  await using provider = await startDemoProvider();
  await assert.rejects(startDemoProvider({ port: provider.port }), { code: 'EADDRINUSE' });
});

test('close ends open connections', async () => {
  const provider = await startDemoProvider();
  const held = assert.rejects(ask(provider.url, 'demo?hang=0'));
  const waiting = assert.rejects(callsOf(provider.url, 'count=99'));
  await callsOf(provider.url, 'count=1');
  await provider.close();
  await Promise.all([held, waiting]);
});
