import type { NatsConnection } from '@nats-io/nats-core';
import { jetStreamRequest } from '../jetstream-request.ts';
import { publishStored } from '../publish.ts';

/** Makes the stream WORK on `work.>` with the durable consumer `run`. */
export const makeWork = async (nc: NatsConnection, ackWaitMs = 30_000): Promise<void> => {
  await jetStreamRequest(nc, '$JS.API.STREAM.CREATE.WORK', { name: 'WORK', subjects: ['work.>'] });
  await jetStreamRequest(nc, '$JS.API.CONSUMER.CREATE.WORK.run', {
    stream_name: 'WORK',
    config: {
      name: 'run',
      durable_name: 'run',
      ack_policy: 'explicit',
      deliver_policy: 'all',
      ack_wait: ackWaitMs * 1e6,
    },
    action: 'create',
  });
};

export const publishWork = async (nc: NatsConnection, count: number, from = 0): Promise<void> => {
  const numbers = Array.from({ length: count }, (_, n) => from + n);
  await Promise.all(numbers.map((n) => publishStored(nc, { subject: `work.${n}`, body: JSON.stringify(n) })));
};

/** What the consumer has handed out and not seen acked. */
export const pendingAcks = async (nc: NatsConnection): Promise<number> => {
  const info = await jetStreamRequest(nc, '$JS.API.CONSUMER.INFO.WORK.run', {});
  return (info as { num_ack_pending: number }).num_ack_pending;
};

/** Removes the stream, so that the next test starts with none. */
export const removeWork = (nc: NatsConnection): Promise<unknown> =>
  jetStreamRequest(nc, '$JS.API.STREAM.DELETE.WORK', {});
