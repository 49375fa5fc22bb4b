import { decodePosition, idSchema, type JobEvent, type Position } from '@sluice/contracts';
import { z } from 'zod';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import type { StreamingDeps } from '../live/live-parts.ts';
import { streamWatchedJob } from '../live/stream-job.ts';
import { isPlaceIn, notOfThisStream } from './event-place.ts';
import { noSuchJob } from './whole-job.ts';

const paramsSchema = z.object({ id: z.string() });
const querySchema = z.strictObject({ after: z.string().max(128).optional() });

/** `GET /api/jobs/:id/events`: history, then live; `Last-Event-ID` or `?after=` says where to go on. */
export function jobEventsRoute(app: GatewayApp, deps: StreamingDeps): void {
  app.get(
    '/api/jobs/:id/events',
    {
      // A HEAD answer has no body, so a stream behind it would run unseen to its end.
      exposeHeadRoute: false,
      ...describeRoute({
        summary: "A job's events as server-sent events, from the start or from Last-Event-ID",
        tag: 'jobs',
        access: { scope: 'jobs:read' },
        params: paramsSchema,
        query: querySchema,
        headers: ['Last-Event-ID'],
        answers: { 200: { description: 'text/event-stream; ends after `finished`' } },
      }),
    },
    async (request, reply) => {
      const { id } = request.params as z.infer<typeof paramsSchema>;
      const { after } = request.query as z.infer<typeof querySchema>;
      const header = request.headers['last-event-id'];
      const [given, path] = header ? [header, 'headers.last-event-id'] : [after, 'after'];
      const from = positionOf(given, path);
      if (!idSchema.safeParse(id).success) throw noSuchJob();
      const { teamId } = request.identity;
      const check = (events: readonly JobEvent[]) => {
        if (from && !isPlaceIn(events, from)) throw notOfThisStream(path);
      };
      return streamWatchedJob(deps, reply, { teamId, jobId: id, requestId: request.id, from, check });
    },
  );
}

function positionOf(lastEventId: string | string[] | undefined, path: string): Position | null {
  if (lastEventId === undefined || lastEventId === '') return null;
  const position = typeof lastEventId === 'string' ? decodePosition(lastEventId) : null;
  if (position) return position;
  throw notOfThisStream(path);
}
