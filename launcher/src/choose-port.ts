import { freePort, isPortFree } from '@sluice/embedded';

const DEFAULT_PORT = 3000;
const TRIES = 100;
const HIGHEST_PORT = 65_535;

/**
 * The gateway's port: exactly the one that is set, an error when that is taken; else 3000 or the next free one.
 * `note` says so when it is not 3000.
 */
export const chooseGatewayPort = async (
  wanted: string | undefined,
): Promise<{ port: number; note?: string }> => {
  if (wanted) {
    const port = Number(wanted);
    if (!/^\d+$/.test(wanted) || port < 1 || port > HIGHEST_PORT) {
      throw new Error(`PORT must be a number from 1 to ${HIGHEST_PORT}`);
    }
    if (await isPortFree(port)) return { port };
    throw new Error(`Port ${port}, set as PORT, is taken. Stop what uses it, or choose another PORT.`);
  }
  for (let port = DEFAULT_PORT; port < DEFAULT_PORT + TRIES; port += 1) {
    if (!(await isPortFree(port))) continue;
    return port === DEFAULT_PORT ? { port } : { port, note: `port ${DEFAULT_PORT} is taken` };
  }
  throw new Error(`No free port from ${DEFAULT_PORT} to ${DEFAULT_PORT + TRIES - 1}. Set PORT.`);
};

/** The port of the last start when it is free, so that what is stored about it stays true; else any free one. */
export const keepPort = async (last: string | undefined): Promise<number> => {
  const port = Number(last);
  return port > 0 && (await isPortFree(port)) ? port : freePort();
};
