import { REQUEST_ERROR_CODES, type RouteAccess } from '@sluice/contracts';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { describeAccess } from './describe-access.ts';
import { HTTP_STATUS } from './http-status.ts';
import { LIMITS } from './limits.ts';
import type { RequestHeader } from './request-headers.ts';

export type RouteAnswer = {
  description: string;
  /** Left out for an answer without a body. */
  schema?: z.ZodType;
  /** `application/json` when left out. */
  contentType?: string;
};

export type RouteDescription = {
  summary: string;
  description?: string;
  tag: 'llm' | 'jobs' | 'auth' | 'teams' | 'tokens' | 'ai-profiles' | 'audit' | 'files' | 'health' | 'openai';
  /** Whom the route serves; guard-routes.ts sees to it. */
  access: RouteAccess;
  body?: z.ZodType;
  /** Whether the body is work for a model, and may be as large as that. */
  takesWork?: boolean;
  query?: z.ZodType;
  params?: z.ZodType;
  /** Headers that its handler reads and checks by itself. */
  headers?: readonly RequestHeader[];
  /** What it answers where it does not refuse. */
  answers: Record<number, RouteAnswer>;
  /** Statuses of refusals that follow from nothing above, such as 409 and 412. */
  refusals?: readonly number[];
  /** The shape of refusals where it is not ours. */
  errorSchema?: z.ZodType;
};

type RouteSchema<Description extends RouteDescription> = FastifySchema & {
  body: Description['body'];
  querystring: Description['query'];
  params: Description['params'];
};

const errorSchema = z
  .object({
    status: z.int(),
    code: z.string(),
    message: z.string(),
    requestId: z.string(),
    details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({
    id: 'Error',
    description: 'The one shape of every error. `requestId` stands in the header `x-request-id` too.',
    examples: [
      {
        status: 422,
        code: 'validation_failed',
        message: 'messages.0.content: Too small: expected string to have >=1 characters',
        requestId: 'mfrggzdfmztwq2lknnwg23tpoa',
        details: [
          { path: 'messages.0.content', message: 'Too small: expected string to have >=1 characters' },
        ],
      },
    ],
  });

/**
 * A route's options: whom it serves, what Fastify validates (`body`, `query`, `params`, once, by zod) and what `/docs`
 * shows. Errors that follow from the rest are added: 401 unless it is open, 403 where an API token needs a scope or a
 * user a role, 404 with parameters, 400 and 413 with a body, and so on.
 */
export function describeRoute<const Description extends RouteDescription>(
  route: Description,
): { schema: RouteSchema<Description>; config: RouteConfig; bodyLimit: number } {
  const { access, headers = [], takesWork = false } = route;
  return {
    schema: schemaOf(route),
    config: { access, headers },
    bodyLimit: takesWork ? LIMITS.workBytes : LIMITS.bodyBytes,
  };
}

type RouteConfig = { access: RouteAccess; headers: readonly RequestHeader[] };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For the documentation alone: a schema would have every request's headers parsed. */
    headers?: readonly RequestHeader[];
  }
}

function schemaOf<const Description extends RouteDescription>(route: Description): RouteSchema<Description> {
  const { summary, description, tag, body, query, params, answers, access } = route;
  const described = [description, describeAccess(access)].filter((text) => text !== undefined);
  return {
    summary,
    ...(described.length > 0 && { description: described.join('\n\n') }),
    tags: [tag],
    security: access === 'open' ? [] : [{ bearer: [] }],
    ...(body && { body }),
    ...(query && { querystring: query }),
    ...(params && { params }),
    response: {
      ...Object.fromEntries(
        errorsOf(route).map((status) => [status, errorContent(status, route.errorSchema)]),
      ),
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, contentOf(answer)])),
    },
  } as RouteSchema<Description>;
}

function contentOf({ description, schema, contentType = 'application/json' }: RouteAnswer) {
  // The documentation shows `null` as an answer without a body.
  if (schema === undefined) return z.null().describe(description);
  return { description, content: { [contentType]: { schema } } };
}

function errorsOf({ body, query, params, headers, access, refusals = [] }: RouteDescription): number[] {
  return [
    ...(headers ? [400] : []),
    ...(body ? [400, 413, 422] : []),
    ...(query ? [422] : []),
    ...(params ? [404] : []),
    ...(access === 'open' ? [] : [401, 403]),
    ...refusals,
    ...[429, 500, 503],
  ];
}

function errorContent(status: number, schema: z.ZodType = errorSchema) {
  const names = REQUEST_ERROR_CODES.filter((code) => HTTP_STATUS[code] === status).map(
    (code) => `\`${code}\``,
  );
  return { description: names.join(', '), content: { 'application/json': { schema } } };
}
