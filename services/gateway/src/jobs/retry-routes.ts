import {
  idSchema,
  jobSchema,
  RETRIED_AT_ONCE,
  retriedJobsSchema,
  retryFilterSchema,
  retryJob,
  retryJobs,
} from '@sluice/contracts';
import { call } from '@sluice/messaging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { fingerprintOf, idempotencyKeyOf, jobIdOf } from './idempotency.ts';
import { noSuchJob, withResult } from './whole-job.ts';

/** Jobs stops after some seconds, and says that there is more. */
const MANY_BOUND_MS = 12_000;

const filterBodySchema = z.strictObject({ filter: retryFilterSchema });

/** `POST /api/jobs/:id/retry` and `POST /api/jobs/retry`: new jobs for what failed, was cancelled or expired. */
export function retryRoutes(app: GatewayApp, { nc, gatewayId }: Pick<GatewayDeps, 'nc' | 'gatewayId'>): void {
  const retriedBy = ({ identity: { teamId, userId }, trace: { traceId } }: FastifyRequest) => ({
    ...{ teamId, userId, traceId, gatewayId },
  });

  app.post(
    '/api/jobs/:id/retry',
    describeRoute({
      summary: 'Make a new job with the command of one that failed, was cancelled or expired',
      tag: 'jobs',
      access: { scope: 'jobs:write' },
      params: z.object({ id: z.string() }),
      headers: ['Idempotency-Key'],
      answers: {
        200: {
          description: 'the job that the same Idempotency-Key made, when it has ended',
          schema: jobSchema,
        },
        202: { description: 'the new job; `retryOf` names the old one, Location the new', schema: jobSchema },
      },
      refusals: [409, 422],
    }),
    async (request, reply) => {
      const { id: jobId } = request.params;
      if (!idSchema.safeParse(jobId).success) throw noSuchJob();
      const by = retriedBy(request);
      const header = idempotencyKeyOf(request.headers['idempotency-key']);
      const key = header && {
        jobId: jobIdOf(by.teamId, header),
        fingerprint: fingerprintOf('/api/jobs/:id/retry', { jobId }),
      };
      const asked = { ...by, jobId, ...(key && { key }) };
      const { replayed, ...answer } = await call(nc, retryJob, asked, { requestId: request.id });
      const job = await withResult({ nc }, answer);
      reply.header('location', `/api/jobs/${job.id}`);
      if (replayed) reply.header('idempotent-replayed', 'true');
      return reply.code(job.finishedAt ? 200 : 202).send(job);
    },
  );

  app.post(
    '/api/jobs/retry',
    describeRoute({
      summary: `Retry the jobs that a filter names, newest first, ${RETRIED_AT_ONCE} at once`,
      description:
        'Failed jobs, unless `filter.status` says `cancelled` or `expired`. A job that was retried before is passed ' +
        'over, so the request may be repeated; repeat it while `more` is true.',
      tag: 'jobs',
      access: { scope: 'jobs:write' },
      body: filterBodySchema,
      answers: { 202: { description: 'the new jobs, and how many', schema: retriedJobsSchema } },
    }),
    async (request, reply) => {
      const { filter } = request.body as z.infer<typeof filterBodySchema>;
      const asked = { ...retriedBy(request), filter };
      const options = { requestId: request.id, timeoutMs: MANY_BOUND_MS };
      return reply.code(202).send(await call(nc, retryJobs, asked, options));
    },
  );
}
