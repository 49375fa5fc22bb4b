import { type NatsConnection, headers as newHeaders } from '@nats-io/nats-core';
import { HEADERS } from '@sluice/contracts';
import { injectContext } from '@sluice/telemetry';

/** Sends a message to whoever listens now; it may be lost. Does nothing on a closed connection. */
export const tell = (
  nc: NatsConnection,
  subject: string,
  body: string | Uint8Array,
  { requestId }: { readonly requestId: string },
): void => {
  if (nc.isClosed()) return;
  const headers = newHeaders();
  headers.set(HEADERS.requestId, requestId);
  injectContext(headers);
  nc.publish(subject, body, { headers });
};
