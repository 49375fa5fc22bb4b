import { gatewaySubjects } from '@sluice/contracts';
import { type NatsConnection, onStatus } from '@sluice/messaging';

const FRAME_EVERY_MS = 2;
/** In bytes, of the items; the frame around them is 20 more. */
const MAX_FRAME_BYTES = 256 * 1024 - 64;

export type FrameSender = {
  /** `item`: a FrameItem as JSON. `now`: a job's first delta, which does not wait for the others. */
  send(gatewayId: string, item: string, now?: boolean): void;
  flush(): void;
  close(): void;
};

type Waiting = { items: string[]; bytes: number };

/**
 * Collects the live output of all jobs by gateway, and sends it as one core message each every 2 ms. Lossy by
 * contract: what cannot be sent while disconnected is dropped, not kept; readers find it in the pieces.
 * `nc` is a connection of its own, because the server cuts one whose reader is slow.
 */
export function createFrameSender(nc: NatsConnection): FrameSender {
  const byGateway = new Map<string, Waiting>();
  let timer: NodeJS.Timeout | undefined;
  let connected = true;
  const forgetStatus = onStatus(nc, ({ type }) => {
    if (type === 'disconnect') connected = false;
    else if (type === 'reconnect') connected = true;
  });

  const publish = (gatewayId: string, waiting: Waiting): void => {
    const { items } = waiting;
    waiting.items = [];
    waiting.bytes = 0;
    if (items.length === 0 || !connected || nc.isClosed()) return;
    nc.publish(gatewaySubjects.frames(gatewayId), `{"v":1,"items":[${items.join(',')}]}`);
  };

  const flush = (): void => {
    timer = undefined;
    for (const [gatewayId, waiting] of byGateway) {
      // A gateway that nobody writes to any more is forgotten.
      if (waiting.items.length === 0) byGateway.delete(gatewayId);
      else publish(gatewayId, waiting);
    }
  };

  return {
    send(gatewayId, item, now = false) {
      let waiting = byGateway.get(gatewayId);
      if (!waiting) {
        waiting = { items: [], bytes: 0 };
        byGateway.set(gatewayId, waiting);
      }
      const bytes = Buffer.byteLength(item) + 1;
      if (bytes > MAX_FRAME_BYTES) return;
      if (waiting.bytes + bytes > MAX_FRAME_BYTES) publish(gatewayId, waiting);
      waiting.items.push(item);
      waiting.bytes += bytes;
      if (now) publish(gatewayId, waiting);
      timer ??= setTimeout(flush, FRAME_EVERY_MS);
    },
    flush,
    close() {
      clearTimeout(timer);
      flush();
      forgetStatus();
    },
  };
}
