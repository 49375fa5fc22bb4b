import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { freePort } from './free-port.ts';
import { acquireMongod, acquireNatsServer, startMongod, startNatsServer } from './index.ts';
import { natsServerConfig } from './nats-server-config.ts';
import { stopLeftOver, writePidFile } from './pid-file.ts';
import { identifyProcess } from './process-identity.ts';

let root: string;
let natsBinary: string;
let mongodBinary: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-embedded-'));
  natsBinary = process.env['SLUICE_TEST_NATS_BINARY'] ?? (await acquireNatsServer()).path;
  mongodBinary = process.env['SLUICE_TEST_MONGOD_BINARY'] ?? (await acquireMongod()).path;
});

after(() => rm(root, { recursive: true, force: true }));

describe('an embedded nats-server', () => {
  it('comes up with JetStream, keeps its port when told, and leaves no process', async () => {
    const dataDir = join(root, 'nats');
    const first = await startNatsServer({ binary: natsBinary, dataDir });
    const health = await fetch(`${first.monitorUrl}/jsz`);
    assert.equal(health.status, 200);
    await first.stop();
    assert.equal(identifyProcess(first.pid), undefined);
    const second = await startNatsServer({ binary: natsBinary, dataDir, port: first.port });
    assert.equal(second.url, first.url);
    await second.kill9();
    assert.equal(identifyProcess(second.pid), undefined);
  });

  it('refuses to pass when the program ends at once, with the end of its log', async () => {
    const extraConfig = 'no_such_option: true';
    const starting = startNatsServer({ binary: natsBinary, dataDir: join(root, 'nats-bad'), extraConfig });
    await assert.rejects(starting, /the process ended; the end of .*\n.*no_such_option/);
  });
});

describe('an embedded mongod', () => {
  it('takes writes, keeps them over a crash, and may come back on another port', async () => {
    const dataDir = join(root, 'mongo');
    const first = await startMongod({ binary: mongodBinary, dataDir });
    await withClient(first.url, async (client) => {
      const things = client.db('kept').collection('things');
      await client.withSession((session) =>
        session.withTransaction(() => things.insertOne({ name: 'one' }, { session }).then(() => {})),
      );
    });
    await first.kill9();
    const second = await startMongod({ binary: mongodBinary, dataDir, port: await freePort() });
    await withClient(second.url, async (client) => {
      const things = client.db('kept').collection('things');
      assert.equal(await things.countDocuments({ name: 'one' }), 1);
      await things.insertOne({ name: 'two' });
    });
    await second.stop();
    assert.equal(identifyProcess(second.pid), undefined);
  });
});

describe('a server whose starter was killed with -9', () => {
  it('ends with it', async () => {
    const module = JSON.stringify(new URL('./index.ts', import.meta.url).href);
    const options = JSON.stringify({ binary: natsBinary, dataDir: join(root, 'orphan') });
    const script = `
      const { startNatsServer } = await import(${module});
      console.log((await startNatsServer(${options})).pid);
      setInterval(() => {}, 1000);
    `;
    const args = ['--input-type=module', '-e', script];
    const starter = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(starter.stdout, 'data');
    assert.ok(identifyProcess(Number(line)));
    starter.kill('SIGKILL');
    while (identifyProcess(Number(line))) await setImmediate();
  });

  it('is stopped by the next start on the same data when it did not', async () => {
    const dataDir = join(root, 'left');
    const conf = join(dataDir, 'nats-server.conf');
    await mkdir(dataDir);
    await writeFile(conf, natsServerConfig({ dataDir }));
    const left = spawn(natsBinary, ['--config', conf], { stdio: 'ignore' });
    await once(left, 'spawn');
    writePidFile(join(dataDir, 'nats-server.pid'), left.pid ?? 0);
    const leftEnded = once(left, 'exit');
    const next = await startNatsServer({ binary: natsBinary, dataDir });
    await leftEnded;
    await next.stop();
  });

  it('is left alone when the process of that id is another one', async () => {
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(bystander, 'spawn');
    const pidFile = join(root, 'stranger.pid');
    writePidFile(pidFile, bystander.pid ?? 0);
    assert.equal(await stopLeftOver({ pidFile, marker: '--config /of/ours', graceMs: 0 }), undefined);
    assert.equal(bystander.exitCode ?? bystander.signalCode, null);
    bystander.kill('SIGKILL');
    await once(bystander, 'exit');
  });
});

const withClient = async (url: string, use: (client: MongoClient) => Promise<void>): Promise<void> => {
  const client = new MongoClient(url);
  try {
    await use(client);
  } finally {
    await client.close();
  }
};
