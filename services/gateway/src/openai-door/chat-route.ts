import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { checkSchema } from '../jobs/check-schema.ts';
import type { StreamingDeps } from '../live/live-parts.ts';
import { completionOf } from './completion.ts';
import { OPENAI_ERROR, openAiAnswer } from './describe-openai.ts';
import { type ChatRequest, chatRequestSchema } from './request-schema.ts';
import { answerStreamed, answerWhole, namedModel } from './submit.ts';
import { toChatInput } from './to-chat-input.ts';

const ROUTE = '/v1/chat/completions';

/** `POST /v1/chat/completions`: a chat as the OpenAI API has it, over the same durable job as `/api/llm/chat`. */
export function chatCompletionsRoute(app: GatewayApp, deps: StreamingDeps): void {
  app.post(
    ROUTE,
    describeRoute({
      summary: 'Ask a model as with the OpenAI API; `model` names a profile',
      description:
        'The job beneath is named by `x-sluice-job-id`; it ends when its client leaves, unless `store`.',
      tag: 'openai',
      access: { scope: 'jobs:write' },
      body: chatRequestSchema,
      takesWork: true,
      headers: ['Idempotency-Key'],
      answers: { 200: openAiAnswer('a chat.completion; with `stream` its chunks (text/event-stream)') },
      ...OPENAI_ERROR,
    }),
    async (request, reply) => {
      const body = request.body as ChatRequest;
      const named = await namedModel(deps, request, body.model);
      const asked = {
        route: ROUTE,
        named,
        work: { kind: 'chat', input: toChatInput(body) } as const,
        store: body.store === true,
        ...(body.metadata && { metadata: body.metadata }),
      };
      await checkSchema(deps, request.identity.teamId, asked.work, 'response_format.json_schema.schema');
      if (body.stream) {
        const includeUsage = body.stream_options?.include_usage === true;
        await answerStreamed(deps, request, reply, { ...asked, includeUsage });
        return reply;
      }
      const job = await answerWhole(deps, request, reply, asked);
      if (!job?.result) return reply;
      const format = asked.work.input.responseFormat?.type ?? 'text';
      return completionOf(job, job.result, format !== 'text');
    },
  );
}
