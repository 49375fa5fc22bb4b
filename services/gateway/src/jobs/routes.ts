import { cancelJob, deleteJob, idSchema, jobSchema, jobsQuerySchema, listJobs } from '@sluice/contracts';
import { call } from '@sluice/messaging';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { noSuchJob, readJob, withResult } from './whole-job.ts';

/** A dozen subjects are purged one by one. */
const DELETE_BOUND_MS = 10_000;

/** Lists, shows, cancels and deletes jobs: a team sees its own, from any gateway. */
export function jobRoutes(app: GatewayApp, { nc }: Pick<GatewayDeps, 'nc'>): void {
  app.get(
    '/api/jobs',
    describeRoute({
      summary: "The team's jobs, newest first",
      tag: 'jobs',
      access: { scope: 'jobs:read' },
      query: jobsQuerySchema,
      answers: {
        200: {
          description: 'a page; `nextCursor` is null on the last one; very large results are null here',
          schema: z.object({ items: z.array(jobSchema), nextCursor: z.string().nullable() }),
        },
      },
    }),
    (request) => {
      const { teamId } = request.identity;
      return call(nc, listJobs, { teamId, query: request.query }, { requestId: request.id });
    },
  );

  app.get(
    '/api/jobs/:id',
    describeRoute({
      summary: 'One job, with its result or its error once it has ended',
      tag: 'jobs',
      access: { scope: 'jobs:read' },
      params: z.object({ id: z.string() }),
      answers: { 200: { description: 'the job', schema: jobSchema } },
    }),
    async (request) => {
      const { id } = request.params;
      if (!idSchema.safeParse(id).success) throw noSuchJob();
      return readJob({ nc }, request.identity.teamId, id, request.id);
    },
  );

  app.post(
    '/api/jobs/:id/cancel',
    describeRoute({
      summary: 'End a job that has not ended yet; a provider call for it is aborted',
      tag: 'jobs',
      access: { scope: 'jobs:write' },
      params: z.object({ id: z.string() }),
      answers: { 200: { description: 'the job, cancelled', schema: jobSchema } },
      refusals: [409],
    }),
    async (request) => {
      const { id } = request.params;
      if (!idSchema.safeParse(id).success) throw noSuchJob();
      const { teamId } = request.identity;
      return withResult({ nc }, await call(nc, cancelJob, { teamId, jobId: id }, { requestId: request.id }));
    },
  );

  app.delete(
    '/api/jobs/:id',
    describeRoute({
      summary: 'Remove a job and all that is kept of it; one that has not ended is cancelled first',
      tag: 'jobs',
      access: { scope: 'jobs:write' },
      params: z.object({ id: z.string() }),
      answers: { 204: { description: 'it is gone; nothing of it comes back' } },
    }),
    async (request, reply) => {
      const { id } = request.params;
      if (!idSchema.safeParse(id).success) throw noSuchJob();
      const { teamId } = request.identity;
      await call(nc, deleteJob, { teamId, jobId: id }, { requestId: request.id, timeoutMs: DELETE_BOUND_MS });
      return reply.code(204).send();
    },
  );
}
