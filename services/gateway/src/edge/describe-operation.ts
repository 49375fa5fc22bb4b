import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import { z } from 'zod';
import { MERGE_PATCH } from './json-bodies.ts';
import { REQUEST_HEADERS } from './request-headers.ts';

type Options = Required<FastifyDynamicSwaggerOptions>;

/** Marks operations on their way from describeOperation to finishDocument. */
const BODY_OPTIONAL = 'x-body-optional';

/** A route's schema as JSON Schema, with what its zod schemas do not say. */
export const describeOperation: Options['transform'] = (document) => {
  const { schema, url } = jsonSchemaTransform(document);
  const { body } = document.schema ?? {};
  const headers = document.route.config?.headers ?? [];
  const isOptional = body instanceof z.ZodType && body.safeParse(undefined).success;
  const described = {
    ...schema,
    ...(headers.length > 0 && {
      headers: {
        type: 'object',
        properties: Object.fromEntries(headers.map((name) => [name, { ...REQUEST_HEADERS[name] }])),
      },
    }),
    ...(document.route.method === 'PATCH' && { consumes: ['application/json', MERGE_PATCH] }),
    ...(isOptional && { [BODY_OPTIONAL]: true }),
  };
  return { schema: described, url };
};

/** The whole document. The plugin calls every body required. */
export const finishDocument: Options['transformObject'] = (document) => {
  const finished = jsonSchemaTransformObject(document) as OpenAPIV3_1.Document;
  for (const item of Object.values(finished.paths ?? {})) {
    for (const operation of Object.values(item ?? {}) as Record<string, unknown>[]) {
      if (operation[BODY_OPTIONAL] !== true) continue;
      delete operation[BODY_OPTIONAL];
      Object.assign(operation['requestBody'] as object, { required: false });
    }
  }
  return finished;
};
