import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { testServers } from './index.ts';

const answers = async (host: string, port: number): Promise<boolean> => {
  const socket = connect({ host, port, timeout: 5_000 });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

const others = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, family }) => !internal && family === 'IPv4')
  .map(({ address }) => address);
const containers = process.env['TEST_SERVERS'] === 'containers';
const skip = containers || others.length === 0 ? 'no embedded servers, or no address but loopback' : false;

test('embedded servers listen on loopback and on no other address of the machine', { skip }, async () => {
  const { natsUrl, mongoUrl } = await testServers();
  for (const port of [natsUrl, mongoUrl].map((url) => Number(new URL(url).port))) {
    assert.equal(await answers('127.0.0.1', port), true);
    for (const address of others) assert.equal(await answers(address, port), false, `${address}:${port}`);
  }
});
