import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { topologyOf } from '@sluice/contracts';
import { applyTopology, connect } from '@sluice/messaging';
import { createLogger } from '@sluice/telemetry';
import { testNats } from '@sluice/testing';
import { loadConfig } from '../config.ts';
import { type RunningGateway, startGateway } from '../start-gateway.ts';
import { readTls } from './tls.ts';

const log = createLogger({ service: 'test', level: 'silent' });

describe('TLS by certificate files', () => {
  let directory: string;
  let gateway: RunningGateway;
  const file = (name: string) => join(directory, name);
  const make = async (name: string): Promise<string> => {
    const [cert, key] = [file(`${name}.crt`), file(`${name}.key`)];
    const ask = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    execFileSync('openssl', [...ask, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return new X509Certificate(await readFile(cert)).serialNumber;
  };
  const renew = async (name: string) => {
    await copyFile(file(`${name}.crt`), file('tls.crt'));
    await copyFile(file(`${name}.key`), file('tls.key'));
  };
  const serials: string[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
    serials.push(await make('first'), await make('second'));
    await renew('first');
    const { url, ...natsLogin } = await testNats();
    const nc = await connect({ url, ...natsLogin, name: 'test' });
    await applyTopology(nc, topologyOf());
    await nc.close();
    const env = { TLS_CERT_FILE: file('tls.crt'), TLS_KEY_FILE: file('tls.key') };
    const config = loadConfig({ NATS_URL: url, PORT: '0', ...env });
    gateway = await startGateway({ ...config, natsLogin }, log);
  });
  after(async () => {
    await gateway.stop();
    await rm(directory, { recursive: true });
  });

  const shake = async (options: ConnectionOptions = {}) => {
    const port = Number(new URL(gateway.url).port);
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    await once(socket, 'secureConnect');
    const seen = { serial: socket.getPeerX509Certificate()?.serialNumber, protocol: socket.getProtocol() };
    socket.destroy();
    return seen;
  };
  const serial = async () => (await shake()).serial;

  it('serves HTTPS with it, and says that it shall be used', async () => {
    const ca = await readFile(file('first.crt'));
    const asked = request(`${gateway.url.replace('http:', 'https:')}/healthz`, { ca, agent: false });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
    answer.resume();
    assert.equal(answer.statusCode, 200);
    assert.match(String(answer.headers['strict-transport-security']), /^max-age=31536000/);
  });

  it('speaks TLS 1.2 and newer alone', async () => {
    assert.equal((await shake({ maxVersion: 'TLSv1.2' })).protocol, 'TLSv1.2');
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await assert.rejects(shake(old), /ssl|tls|protocol|ECONNRESET/i);
  });

  it('takes a renewed certificate without a restart, and keeps the old one when the new is wrong', async () => {
    assert.equal(await serial(), serials[0]);
    await renew('second');
    gateway.reloadTls();
    assert.equal(await serial(), serials[1]);
    await copyFile(file('first.crt'), file('tls.crt'));
    assert.throws(() => gateway.reloadTls(), /TLS_CERT_FILE and TLS_KEY_FILE/);
    assert.equal(await serial(), serials[1]);
  });

  it('names what is wrong with the files', async () => {
    assert.throws(
      () => readTls({ certFile: file('none'), keyFile: file('tls.key') }),
      /TLS_CERT_FILE names a file that cannot be read \(ENOENT\)/,
    );
    await writeFile(file('empty'), '');
    assert.throws(() => readTls({ certFile: file('empty'), keyFile: file('empty') }), /in PEM form/);
  });
});
