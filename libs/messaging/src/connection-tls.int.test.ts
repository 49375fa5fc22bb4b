import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AppError } from '@sluice/contracts';
import { type NatsServer, startNatsServer } from '@sluice/embedded';
import { makeTestCertificates, type TestCertificates, testServers } from '@sluice/testing';
import { connect } from './connection.ts';

let directory: string;
let files: TestCertificates;
let server: NatsServer;
let url: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
  files = makeTestCertificates(directory);
  const { natsBinary: binary } = await testServers();
  const { caFile, certFile, keyFile } = files;
  const tls = `cert_file: "${certFile}", key_file: "${keyFile}", ca_file: "${caFile}", verify: true`;
  server = await startNatsServer({ binary, dataDir: join(directory, 'nats'), extraConfig: `tls { ${tls} }` });
  // By name: the client checks the certificate of an address as if its name were localhost.
  url = `tls://localhost:${server.port}`;
});
after(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

const refused = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'unavailable' && /NATS_CA_FILE/.test(error.message);

test('TLS with the right authority, and a certificate where the server asks for one', async () => {
  const { caFile, certFile, keyFile } = files;
  const nc = await connect({ url, name: 'test', natsTls: { caFile, certFile, keyFile } });
  assert.equal(nc.info?.tls_required, true);
  await nc.flush();
  await nc.close();
});

test('another authority, none, and a file that is not there are refused at once, and said', async () => {
  const { certFile, keyFile, otherCaFile } = files;
  for (const natsTls of [
    { caFile: otherCaFile, certFile, keyFile },
    { certFile, keyFile },
    { caFile: '/no' },
  ]) {
    await assert.rejects(connect({ url, name: 'test', natsTls }), refused);
  }
});
