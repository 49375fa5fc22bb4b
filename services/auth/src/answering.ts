import { AppError, type Endpoint } from '@sluice/contracts';
import {
  type CallKeys,
  type Log,
  type NatsConnection,
  type ServeContext,
  type Serving,
  serve,
} from '@sluice/messaging';
import type { z } from 'zod';
import { isDatabaseAway } from './database.ts';

/** Serves one endpoint, shared with the other replicas. */
export type Answer = <Request extends z.ZodType, Reply extends z.ZodType>(
  endpoint: Endpoint<Request, Reply>,
  handler: (request: z.output<Request>, context: ServeContext) => Promise<z.input<Reply>>,
) => void;

const QUEUE_GROUP = 'auth';

/**
 * Collects what is served; `secretKeys` open the requests of secret endpoints. While MongoDB is away callers are answered
 * `unavailable`, and the log says why.
 */
export function answering(
  nc: NatsConnection,
  deps: { log: Log; secretKeys: CallKeys },
): { answer: Answer; servings: Serving[] } {
  const { log } = deps;
  const servings: Serving[] = [];
  const answer: Answer = (endpoint, handler) => {
    const guarded: typeof handler = async (request, context) => {
      try {
        return await handler(request, context);
      } catch (cause) {
        if (!isDatabaseAway(cause)) throw cause;
        const { requestId } = context;
        log.warn({ err: cause, requestId, subject: endpoint.subject }, 'MongoDB does not answer');
        throw new AppError('unavailable', 'The account store does not answer; try again.', { cause });
      }
    };
    servings.push(serve(nc, QUEUE_GROUP, endpoint, guarded, deps));
  };
  return { answer, servings };
}
