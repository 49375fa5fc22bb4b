import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { topologyOf } from '@sluice/contracts';
import { applyTopology, connect } from '@sluice/messaging';
import {
  makeTestCertificates,
  type ServiceProcess,
  startService,
  testNats,
  testNatsUrlOf,
} from '@sluice/testing';

describe('the gateway as a process', () => {
  let directory: string;
  let gateway: ServiceProcess;
  let port: number;
  const file = (name: string) => join(directory, name);
  /** Puts the certificate of a name where the gateway looks for its own. */
  const renew = async (name: string) => {
    await copyFile(file(`${name}.pem`), file('tls.pem'));
    await copyFile(file(`${name}.key`), file('tls.key'));
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-main-'));
    makeTestCertificates(directory);
    await renew('ca');
    const nc = await connect({ ...(await testNats()), name: 'test' });
    await applyTopology(nc, topologyOf());
    await nc.close();
    gateway = startService('gateway', {
      ...{ NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0' },
      ...{ TLS_CERT_FILE: file('tls.pem'), TLS_KEY_FILE: file('tls.key') },
      NATS_URL: await testNatsUrlOf('gateway'),
    });
    const line = await gateway.waitForLine('the gateway is ready');
    port = Number(new URL(JSON.parse(line).url).port);
  });
  after(async () => {
    await gateway?.end();
    await rm(directory, { recursive: true });
  });

  /** Whom the certificate that new connections get is of. */
  const served = async () => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return subject.CN;
  };

  it('takes a renewed certificate on SIGHUP, and keeps the old one when the new is wrong', async () => {
    assert.equal(await served(), 'ca of a test');
    await renew('server');
    assert.equal(await served(), 'ca of a test', 'not before it is told to');
    gateway.signal('SIGHUP');
    await gateway.waitForLine('the certificate was read again');
    assert.equal(await served(), 'server of a test');

    await writeFile(file('tls.key'), 'no key');
    gateway.signal('SIGHUP');
    const line = await gateway.waitForLine('the certificate stays as it was');
    assert.match(line, /TLS_CERT_FILE and TLS_KEY_FILE/);
    assert.equal(await served(), 'server of a test');
    assert.equal(gateway.hasEnded(), false);
  });
});
