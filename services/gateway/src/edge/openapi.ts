import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import { describeOperation, finishDocument } from './describe-operation.ts';
import type { GatewayApp } from './gateway-app.ts';

/** Describes every route registered after it as OpenAPI 3.1: for people at `/docs`, for tools at `/docs/json`. */
export async function serveOpenApi(app: GatewayApp): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sluice',
        version: '0.1.0',
        description:
          'An event-driven gateway between applications and LLM providers: every piece of work is a durable job that can be waited for, streamed, resumed and looked up.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'llm', description: 'Work for models' },
        { name: 'openai', description: 'What clients of the OpenAI API ask, unchanged' },
        { name: 'jobs', description: 'What became of it' },
        { name: 'ai-profiles', description: 'Providers, models and their sealed keys' },
        { name: 'files', description: 'What jobs made beside their results' },
        { name: 'auth', description: 'Users and their sessions' },
        { name: 'teams', description: 'Teams, their members and invites' },
        { name: 'tokens', description: 'API tokens, for machines' },
        { name: 'audit', description: 'Who did what' },
        { name: 'health', description: 'For operators and for other services' },
      ],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: 'The `accessToken` of a session, or an API token where the operation says so.',
          },
        },
      },
      security: [{ bearer: [] }],
    },
    transform: describeOperation,
    transformObject: finishDocument,
  });
  await app.register(fastifySwaggerUi, { routePrefix: '/docs' });
}
