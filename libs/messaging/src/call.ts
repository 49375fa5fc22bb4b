import { type Msg, type NatsConnection, headers as newHeaders } from '@nats-io/nats-core';
import { AppError, type Endpoint, HEADERS } from '@sluice/contracts';
import { injectContext, withMessagingSpan } from '@sluice/telemetry';
import type { z } from 'zod';
import { jsonOf } from './message-body.ts';
import { isNoResponders } from './reading-batches.ts';
import { errorOfReply } from './reply-error.ts';
import { askSealed } from './sealed-ask.ts';

export type CallOptions = {
  readonly requestId: string;
  /** Default 5,000. */
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 5_000;

/**
 * Asks an endpoint and returns its parsed reply. Throws the AppError of whoever answered; `unavailable` at once when
 * nobody listens, and after the time-out. Both ways of a `secret` endpoint travel sealed (ADR 0047).
 */
export const call = <Request extends z.ZodType, Reply extends z.ZodType>(
  nc: NatsConnection,
  endpoint: Endpoint<Request, Reply>,
  request: z.input<Request>,
  { requestId, timeoutMs = TIMEOUT_MS }: CallOptions,
): Promise<z.output<Reply>> =>
  withMessagingSpan('request', endpoint.subject, {}, async (_span, active) => {
    const headers = newHeaders();
    headers.set(HEADERS.requestId, requestId);
    injectContext(headers, active);
    const body = JSON.stringify(endpoint.request.parse(request));
    const send = (data: string) => ask(nc, endpoint.subject, data, { timeout: timeoutMs, headers });
    const answer = endpoint.secret
      ? await askSealed(nc, { subject: endpoint.subject, requestId }, body, send)
      : answerIn(await send(body));
    const parsed = endpoint.reply.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new AppError('internal', 'The answer does not fit its contract.', { cause: parsed.error });
  });

const answerIn = (reply: Msg): unknown => {
  const answer = jsonOf(reply.data);
  if (reply.headers?.get(HEADERS.error)) throw errorOfReply(answer);
  return answer;
};

const ask = async (
  nc: NatsConnection,
  subject: string,
  body: string,
  options: { timeout: number; headers: ReturnType<typeof newHeaders> },
): Promise<Msg> => {
  try {
    return await nc.request(subject, body, options);
  } catch (cause) {
    const why = isNoResponders(cause) ? 'is not running' : 'did not answer in time';
    throw new AppError('unavailable', `The service behind ${subject} ${why}; try again.`, { cause });
  }
};
