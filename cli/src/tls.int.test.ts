import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type NatsServer, startNatsServer } from '@sluice/embedded';
import { makeTestCertificates, type TestCertificates, testServers } from '@sluice/testing';
import { runSluice } from './sluice-process.ts';

let directory: string;
let files: TestCertificates;
let server: NatsServer;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-cli-tls-'));
  files = makeTestCertificates(directory);
  const { natsBinary: binary } = await testServers();
  const tls = `cert_file: "${files.certFile}", key_file: "${files.keyFile}"`;
  server = await startNatsServer({ binary, dataDir: join(directory, 'nats'), extraConfig: `tls { ${tls} }` });
});
after(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

const variables = (caFile: string) => ({
  NATS_URL: `tls://localhost:${server.port}`,
  NATS_CA_FILE: caFile,
  API_KEY_ENCRYPTION_KEY: 'a secret of the command line tests',
});

test('the topology is applied over TLS', async () => {
  const { code, stdout } = await runSluice(['topology', 'apply'], variables(files.caFile));
  assert.equal(code, 0);
  assert.match(stdout, /created {4}stream JOBS/);
});

const WITHOUT_SERVICES = [
  ['keys', 'check'],
  ['keys', 'rotate'],
  ['teams', 'export', 'team1'],
];

test('every command of the operator gets through TLS, and then misses the services', async () => {
  for (const command of WITHOUT_SERVICES) {
    const { code, stderr } = await runSluice(command, variables(files.caFile));
    assert.equal(code, 1, command.join(' '));
    assert.match(stderr, /is not running/, command.join(' '));
  }
});

test('every command refuses a server that NATS_CA_FILE does not vouch for', async () => {
  for (const command of [['topology', 'apply'], ...WITHOUT_SERVICES]) {
    const { code, stderr } = await runSluice(command, variables(files.otherCaFile));
    assert.equal(code, 1, command.join(' '));
    assert.match(stderr, /NATS_CA_FILE/, command.join(' '));
  }
});
