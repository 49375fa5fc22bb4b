import { headers as newHeaders } from '@nats-io/nats-core';
import { HEADERS } from '@sluice/contracts';
import type { NatsConnection } from '@sluice/messaging';
import { injectContext, withMessagingSpan } from '@sluice/telemetry';

/** Tells those who listen at this moment; nothing keeps the event for others. */
export type Announce = (subject: string, template: string, event: object, requestId: string) => Promise<void>;

/** Announces on a connection, with the request id and the active trace. */
export function announcingOn(nc: NatsConnection): Announce {
  return (subject, template, event, requestId) =>
    withMessagingSpan('publish', template, {}, (_span, active) => {
      const headers = newHeaders();
      headers.set(HEADERS.requestId, requestId);
      injectContext(headers, active);
      nc.publish(subject, JSON.stringify(event), { headers });
    });
}
