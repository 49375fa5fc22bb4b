import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { chooseGatewayPort, keepPort } from './choose-port.ts';

/** Runs `use` while something listens on a port. */
const withTakenPort = async (use: (port: number) => Promise<void>): Promise<void> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  try {
    await use(typeof address === 'object' && address ? address.port : 0);
  } finally {
    server.close();
  }
};

describe('the port of the gateway', () => {
  it('is exactly the one that is set, or an error that names it when it is taken', async () => {
    await withTakenPort(async (taken) => {
      await assert.rejects(
        chooseGatewayPort(String(taken)),
        new RegExp(`Port ${taken}, set as PORT, is taken`),
      );
      const free = await keepPort(String(taken));
      assert.notEqual(free, taken);
      assert.deepEqual(await chooseGatewayPort(String(free)), { port: free });
      assert.equal(await keepPort(String(free)), free);
    });
    for (const wrong of ['http', '0', '70000', '-1']) {
      await assert.rejects(chooseGatewayPort(wrong), /PORT must be a number/);
    }
  });

  it('is a free one near 3000 when none is set, with a note when 3000 itself is taken', async () => {
    const { port, note } = await chooseGatewayPort(undefined);
    assert.equal(note === undefined, port === 3000);
    assert.ok(port >= 3000 && port < 3100);
  });
});
