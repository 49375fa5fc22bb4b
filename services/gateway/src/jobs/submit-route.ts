import { type JobBody, type JobInput, jobBodySchema } from '@sluice/contracts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import type { StreamingDeps } from '../live/live-parts.ts';
import { JOB_ANSWERS, submitJob } from './submit-job.ts';

const ROUTE = '/api/jobs';

/** `POST /api/jobs`: work of any kind. */
export function submitRoute(app: GatewayApp, deps: StreamingDeps): void {
  app.post(
    ROUTE,
    describeRoute({
      summary: 'Make a job of any kind; wait for its end, watch it, or look it up later',
      tag: 'jobs',
      access: { scope: 'jobs:write' },
      body: jobBodySchema,
      takesWork: true,
      headers: ['Idempotency-Key', 'Prefer'],
      answers: JOB_ANSWERS,
      refusals: [404],
    }),
    (request, reply) => {
      const body = request.body as JobBody;
      const { kind, input } = body;
      return submitJob(deps, request, reply, {
        route: ROUTE,
        body,
        work: { kind, input } as JobInput,
        inputPath: 'input',
      });
    },
  );
}
