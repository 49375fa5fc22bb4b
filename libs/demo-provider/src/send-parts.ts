import type { ServerResponse } from 'node:http';
import type { Parts } from './completion.ts';
import type { Stop } from './script.ts';

const cut = new WeakSet<ServerResponse>();

/** Destroys the connection as a failing provider would; not to be taken for a client that went away. */
export function cutOff(res: ServerResponse): void {
  cut.add(res);
  res.destroy();
}

export function wasCutOff(res: ServerResponse): boolean {
  return cut.has(res);
}

/** Waits; false when the connection closed before the time was up. */
export function pause(res: ServerResponse, ms: number): Promise<boolean> {
  if (res.destroyed || ms === 0) {
    return Promise.resolve(!res.destroyed);
  }
  return new Promise((resolve) => {
    const onClose = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      res.off('close', onClose);
      resolve(true);
    }, ms);
    res.once('close', onClose);
  });
}

/**
 * Sends a body in parts under an already written head: all at once, or `intervalMs` between two chunks. With
 * a stop, only its first chunks, then the socket is destroyed, the body ended early, or nothing more is sent.
 */
export async function sendParts(
  res: ServerResponse,
  parts: Parts,
  intervalMs: number,
  stop: Stop | null,
): Promise<void> {
  const chunks = stop === null ? parts.chunks : parts.chunks.slice(0, stop.after);
  const tail = stop === null ? parts.tail : '';
  let pending = parts.head;
  if (intervalMs === 0) {
    pending += chunks.join('');
  } else {
    for (const [index, chunk] of chunks.entries()) {
      if (index > 0 && !(await pause(res, intervalMs))) {
        return;
      }
      res.write(pending + chunk);
      pending = '';
    }
  }
  pending += tail;
  if (stop === null || stop.how === 'truncate') {
    res.end(pending);
  } else if (stop.how === 'cut') {
    res.write(pending, () => cutOff(res));
  } else if (pending !== '') {
    res.write(pending);
  }
}
