import { type StructuredTestBody, structuredTestBodySchema } from '@sluice/contracts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { JOB_ANSWERS, submitJob } from '../jobs/submit-job.ts';
import type { StreamingDeps } from '../live/live-parts.ts';

const ROUTE = '/api/llm/structured-test';

export function structuredTestRoute(app: GatewayApp, deps: StreamingDeps): void {
  app.post(
    ROUTE,
    describeRoute({
      summary: 'Ask a model for JSON; the answer is checked, and corrected once where it does not fit',
      tag: 'llm',
      access: { scope: 'jobs:write' },
      body: structuredTestBodySchema,
      takesWork: true,
      headers: ['Idempotency-Key', 'Prefer'],
      answers: JOB_ANSWERS,
      refusals: [404],
    }),
    (request, reply) => {
      const body = request.body as StructuredTestBody;
      const { messages, responseFormat, overrideParams: params } = body;
      const input = { messages, responseFormat, ...(params && { params }) };
      return submitJob(deps, request, reply, { route: ROUTE, body, work: { kind: 'structured', input } });
    },
  );
}
