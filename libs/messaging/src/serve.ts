import { type Msg, type NatsConnection, nuid } from '@nats-io/nats-core';
import { AppError, type Endpoint, HEADERS } from '@sluice/contracts';
import type { CallKeys } from '@sluice/sealing';
import { type Context, extractContext, withMessagingSpan } from '@sluice/telemetry';
import type { z } from 'zod';
import { type Exchange, plainExchange, sealedExchange } from './exchange.ts';
import type { Log } from './log.ts';
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
 * A `secret` endpoint needs `secretKeys` (throws without them): its requests arrive sealed to the current one or a
 * previous one, or are refused, and its replies leave sealed, errors too.
 */
export const serve = <Request extends z.ZodType, Reply extends z.ZodType>(
  nc: NatsConnection,
  queueGroup: string,
  endpoint: Endpoint<Request, Reply>,
  handler: (request: z.output<Request>, ctx: ServeContext) => Promise<z.input<Reply>>,
  { log, secretKeys }: { readonly log: Log; readonly secretKeys?: CallKeys },
): Serving => {
  const inHand = new Set<Promise<void>>();
  const take = takingOf(endpoint, secretKeys);

  const answer = async (msg: Msg): Promise<void> => {
    const requestId = msg.headers?.get(HEADERS.requestId) || nuid.next();
    const parent = msg.headers ? { parent: extractContext(msg.headers) } : {};
    const exchange = await take(msg, requestId);
    if (exchange === null) {
      // With an empty body a caller asks for our key, as every first one does.
      const level = msg.data.length === 0 ? 'debug' : 'warn';
      log[level]({ requestId, subject: endpoint.subject }, 'a request that is not sealed to us was refused');
      return;
    }
    try {
      const reply = await withMessagingSpan('respond', endpoint.subject, parent, async (_span, context) => {
        const request = parseRequest(endpoint.request, exchange.body);
        return endpoint.reply.parse(await handler(request, { requestId, context }));
      });
      exchange.respond({ reply });
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'internal') {
        log.error({ err: error, requestId, subject: endpoint.subject }, 'answering a request failed');
      }
      exchange.respond({ error: replyErrorOf(error) });
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

type Take = (msg: Msg, requestId: string) => Promise<Exchange | null>;

const takingOf = ({ subject, secret }: Endpoint, keys: CallKeys | undefined): Take => {
  if (!secret) return async (msg) => plainExchange(msg);
  if (!keys) throw new AppError('internal', `${subject} carries secrets: it is served with secretKeys.`);
  return (msg, requestId) => sealedExchange(msg, keys, requestId);
};

const parseRequest = <Request extends z.ZodType>(schema: Request, text: string): z.output<Request> => {
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch (cause) {
    throw new AppError('bad_request', 'The request is not JSON.', { cause });
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new AppError('validation_failed', 'The request does not fit its contract.', {
    details: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
  });
};
