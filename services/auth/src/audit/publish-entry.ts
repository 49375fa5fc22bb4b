import { type AuditEntry, auditEntrySchema, auditSubject, HEADERS } from '@sluice/contracts';
import { type NatsConnection, publishStored } from '@sluice/messaging';
import { withMessagingSpan } from '@sluice/telemetry';

/**
 * Puts an entry into the stream of the audit log; resolves when it is stored. The stream knows the entry again for
 * two minutes, readers by its id. Throws AppError `unavailable`, `queue_full`.
 */
export async function publishEntry(nc: NatsConnection, entry: AuditEntry, boundMs: number): Promise<void> {
  const { id, teamId, target, requestId, outcome } = entry;
  await withMessagingSpan('publish', 'audit.{team}.{kind}', {}, () =>
    publishStored(nc, {
      subject: auditSubject(teamId, target.kind),
      body: JSON.stringify(auditEntrySchema.parse(entry)),
      headers: { [HEADERS.requestId]: requestId, 'Nats-Msg-Id': `${id}.${outcome}` },
      boundMs,
    }),
  );
}
