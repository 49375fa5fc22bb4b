import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { AppError } from '@sluice/contracts';
import { freePort } from '@sluice/embedded';
import { makeTestCertificates, type TestCertificates, testServers } from '@sluice/testing';
import { connectDatabase } from './database.ts';

let directory: string;
let files: TestCertificates;
let url: string;
let stop: () => Promise<unknown>;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
  files = makeTestCertificates(directory);
  const both = join(directory, 'both.pem');
  await writeFile(both, `${await readFile(files.certFile)}${await readFile(files.keyFile)}`);
  const dbPath = join(directory, 'db');
  await mkdir(dbPath);
  const port = await freePort();
  url = `mongodb://127.0.0.1:${port}/tls?directConnection=true`;
  const { mongodBinary } = await testServers();
  const mongod = spawn(
    mongodBinary,
    [
      ...['--dbpath', dbPath, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'],
      ...['--tlsMode', 'requireTLS', '--tlsCertificateKeyFile', both, '--tlsCAFile', files.caFile],
      '--tlsAllowConnectionsWithoutCertificates',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(mongod, 'exit');
  stop = () => {
    mongod.kill();
    return ended;
  };
  const lines: string[] = [];
  for await (const line of createInterface({ input: mongod.stdout })) {
    lines.push(line);
    if (line.includes('Waiting for connections')) break;
  }
  mongod.stdout.resume();
  assert.equal(mongod.exitCode, null, lines.slice(-5).join('\n'));
});
after(async () => {
  await stop();
  await rm(directory, { recursive: true });
});

test('MongoDB by TLS: with the right authority, whatever the URL says', async () => {
  const { db, close } = await connectDatabase(url, files.caFile);
  assert.equal((await db.command({ ping: 1 }))['ok'], 1);
  await close();
});

test('another authority, or no TLS, is unavailable', async () => {
  const unavailable = (error: unknown) => error instanceof AppError && error.code === 'unavailable';
  await assert.rejects(connectDatabase(url, files.otherCaFile), unavailable);
  await assert.rejects(connectDatabase(url), unavailable);
});
