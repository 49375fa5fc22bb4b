import { embeddingInput, type JobResult } from '@sluice/contracts';
import { z } from 'zod';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import type { StreamingDeps } from '../live/live-parts.ts';
import { OPENAI_ERROR, openAiAnswer } from './describe-openai.ts';
import { modelSchema } from './request-schema.ts';
import { answerWhole, namedModel } from './submit.ts';
import { usageOf } from './usage.ts';

const ROUTE = '/v1/embeddings';
const NO_TOKENS = 'must be a text or a list of texts: token ids mean something else to every model';
const input = z.unknown().transform((given, context) => {
  const texts = typeof given === 'string' ? [given] : given;
  const isTokens =
    Array.isArray(texts) && texts.some((text) => typeof text === 'number' || Array.isArray(text));
  const parsed = embeddingInput.input.safeParse(texts);
  if (parsed.success) return parsed.data;
  const message = parsed.error.issues[0]?.message ?? 'does not fit';
  context.addIssue({ code: 'custom', message: isTokens ? NO_TOKENS : message });
  return z.NEVER;
});
const bodySchema = z.object({
  model: modelSchema,
  input: input.meta({ description: NO_TOKENS }),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: embeddingInput.dimensions.nullable(),
});
type EmbeddingsRequest = z.infer<typeof bodySchema>;

/** `POST /v1/embeddings`: vectors as the OpenAI API has them. */
export function embeddingsRoute(app: GatewayApp, deps: StreamingDeps): void {
  app.post(
    ROUTE,
    describeRoute({
      summary: 'Embed texts as with the OpenAI API; `model` names a profile',
      tag: 'openai',
      access: { scope: 'jobs:write' },
      body: bodySchema,
      takesWork: true,
      answers: { 200: openAiAnswer('a list of embeddings, in the order of the texts') },
      headers: ['Idempotency-Key'],
      ...OPENAI_ERROR,
    }),
    async (request, reply) => {
      const {
        model,
        input: texts,
        dimensions,
        encoding_format: encoding,
      } = request.body as EmbeddingsRequest;
      const named = await namedModel(deps, request, model);
      const job = await answerWhole(deps, request, reply, {
        route: ROUTE,
        named,
        work: { kind: 'embedding', input: { input: texts, ...(dimensions != null && { dimensions }) } },
        store: false,
      });
      return job?.result ? listOf(job.result, encoding === 'base64') : reply;
    },
  );
}

function listOf({ embeddings = [], model, usage }: JobResult, inBase64: boolean): object {
  const data = embeddings.map((embedding, index) => ({
    object: 'embedding',
    index,
    embedding: inBase64 ? base64Of(embedding) : embedding,
  }));
  if (!usage) return { object: 'list', data, model };
  const { prompt_tokens, total_tokens } = usageOf(usage);
  return {
    object: 'list',
    data,
    model,
    usage: { prompt_tokens, total_tokens: total_tokens ?? prompt_tokens },
  };
}

/** 32-bit floats, the lowest byte first. */
function base64Of(embedding: readonly number[]): string {
  const bytes = Buffer.alloc(embedding.length * 4);
  for (const [index, value] of embedding.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
