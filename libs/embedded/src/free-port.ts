import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * True when nothing listens on this TCP port where the loopback interface reaches it. Asked both ways: some systems let
 * one address be bound beside a listener on all of them.
 */
export const isPortFree = async (port: number): Promise<boolean> =>
  !(await isListening(port)) && (await tryListen(port)) !== undefined;

/** A TCP port of the loopback interface that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const port = await tryListen(0);
  if (port === undefined) throw new Error('no free port on 127.0.0.1');
  return port;
};

/** True when a TCP connection to this port of the loopback interface is accepted, undefined otherwise. */
export const isListening = async (port: number): Promise<true | undefined> => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
};

const tryListen = async (port: number): Promise<number | undefined> => {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address ? address.port : undefined;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
};
