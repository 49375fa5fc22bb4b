import { type Msg, type NatsConnection, headers as newHeaders, nuid } from '@nats-io/nats-core';
import { AppError, type Endpoint, HEADERS } from '@sluice/contracts';
import { type Context, extractContext, withMessagingSpan } from '@sluice/telemetry';
import type { z } from 'zod';
import type { Log } from './log.ts';
import { jsonOf } from './message-body.ts';
import { replyErrorOf } from './reply-error.ts';

export type ServeContext = { readonly requestId: string; readonly context: Context };

export type Serving = {
  readonly subject: string;
  /** No more requests are taken; resolves when those in hand are answered. */
  stop(): Promise<void>;
};

/**
 * Answers an endpoint's requests, all at once, sharing them with the other members of the queue group. The request is
 * parsed before the handler, its reply after it, by the endpoint's schemas. What the handler throws is answered as a
 * ReplyError with `X-Error: 1`: an AppError as it is, anything else as `internal` and logged with the request id.
 */
export const serve = <Request extends z.ZodType, Reply extends z.ZodType>(
  nc: NatsConnection,
  queueGroup: string,
  endpoint: Endpoint<Request, Reply>,
  handler: (request: z.output<Request>, ctx: ServeContext) => Promise<z.input<Reply>>,
  { log }: { readonly log: Log },
): Serving => {
  const inHand = new Set<Promise<void>>();

  const answer = async (msg: Msg): Promise<void> => {
    const requestId = msg.headers?.get(HEADERS.requestId) || nuid.next();
    const parent = msg.headers ? { parent: extractContext(msg.headers) } : {};
    try {
      const reply = await withMessagingSpan('respond', endpoint.subject, parent, async (_span, context) => {
        const request = parseRequest(endpoint.request, msg.data);
        return endpoint.reply.parse(await handler(request, { requestId, context }));
      });
      msg.respond(JSON.stringify(reply));
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'internal') {
        log.error({ err: error, requestId, subject: endpoint.subject }, 'answering a request failed');
      }
      const headers = newHeaders();
      headers.set(HEADERS.error, '1');
      msg.respond(JSON.stringify(replyErrorOf(error)), { headers });
    }
  };

  const subscription = nc.subscribe(endpoint.subject, {
    queue: queueGroup,
    callback: (error, msg) => {
      if (error) {
        log.error({ err: error, subject: endpoint.subject }, 'requests cannot be received');
        return;
      }
      const answered = answer(msg)
        .catch((cause: unknown) =>
          log.warn({ err: cause, subject: endpoint.subject }, 'a reply was not sent'),
        )
        .finally(() => inHand.delete(answered));
      inHand.add(answered);
    },
  });

  return {
    subject: endpoint.subject,
    stop: async () => {
      if (!subscription.isClosed()) await subscription.drain().catch(() => undefined);
      await Promise.all(inHand);
      if (!nc.isClosed()) await nc.flush().catch(() => undefined);
    },
  };
};

/** Stops several at once: no more requests are taken, those in hand are answered. */
export const stopServing = async (servings: readonly Serving[]): Promise<void> => {
  await Promise.all(servings.map((serving) => serving.stop()));
};

const parseRequest = <Request extends z.ZodType>(schema: Request, data: Uint8Array): z.output<Request> => {
  let body: unknown;
  try {
    body = data.length === 0 ? {} : jsonOf(data);
  } catch (cause) {
    throw new AppError('bad_request', 'The request is not JSON.', { cause });
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new AppError('validation_failed', 'The request does not fit its contract.', {
    details: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
  });
};
