import { type ChatBody, type ChatInput, chatBodySchema } from '@sluice/contracts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { JOB_ANSWERS, submitJob } from '../jobs/submit-job.ts';
import type { StreamingDeps } from '../live/live-parts.ts';

const ROUTE = '/api/llm/chat';

export function chatRoutes(app: GatewayApp, deps: StreamingDeps): void {
  app.post(
    ROUTE,
    describeRoute({
      summary: 'Ask a model; wait for the answer, stream it, or look it up later',
      tag: 'llm',
      access: { scope: 'jobs:write' },
      body: chatBodySchema,
      takesWork: true,
      headers: ['Idempotency-Key', 'Prefer'],
      answers: JOB_ANSWERS,
      refusals: [404],
    }),
    (request, reply) => {
      const body = request.body as ChatBody;
      return submitJob(deps, request, reply, {
        route: ROUTE,
        body,
        work: { kind: 'chat', input: inputOf(body) },
      });
    },
  );
}

/** What the runner is to ask, without what concerns the job. */
function inputOf({ messages, params, tools, toolChoice, responseFormat }: ChatBody): ChatInput {
  return {
    messages,
    ...(params && { params }),
    ...(tools && { tools }),
    ...(toolChoice && { toolChoice }),
    ...(responseFormat && { responseFormat }),
  };
}
