import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, before, describe, it } from 'node:test';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { OpenAPIV3_1 } from 'openapi-types';
import { z } from 'zod';
import { type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway-under-test.ts';

type Operation = OpenAPIV3_1.OperationObject;

/** Every route that the server has, by the name that the document would give it. */
const served = new Map<string, RouteOptions>();

function collectRoutes(message: unknown): void {
  const { fastify } = message as { fastify: FastifyInstance };
  fastify.addHook('onRoute', (route) => {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}');
    for (const method of [route.method].flat()) served.set(`${method} ${path}`, route);
  });
}

/** What answers beside the API: HEAD for every GET, preflights, and the pages of the documentation. */
const NOT_OF_THE_API = /^(HEAD|OPTIONS) |^GET \/docs(\/|$)/;

describe('the API description', () => {
  let gateway: GatewayUnderTest;
  let document: OpenAPIV3_1.Document;
  let operations: Map<string, Operation>;
  before(async () => {
    subscribe('fastify.initialization', collectRoutes);
    gateway = await gatewayUnderTest();
    unsubscribe('fastify.initialization', collectRoutes);
    document = (await gateway.app.inject('/docs/json')).json<OpenAPIV3_1.Document>();
    operations = new Map(
      Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
        Object.entries(item ?? {}).map(([method, operation]): [string, Operation] => [
          `${method.toUpperCase()} ${path}`,
          operation as Operation,
        ]),
      ),
    );
  });
  after(() => gateway.close());

  /** Each operation with the route that it describes. */
  const described = (): { name: string; operation: Operation; route: RouteOptions }[] =>
    [...operations].map(([name, operation]) => {
      const route = served.get(name);
      assert.ok(route, name);
      return { name, operation, route };
    });
  const named = (name: string): Operation => {
    const found = operations.get(name);
    assert.ok(found, name);
    return found;
  };
  const headersOf = ({ parameters = [] }: Operation): string[] =>
    parameters.flatMap((one) => ('in' in one && one.in === 'header' ? [one.name] : []));

  it('is OpenAPI 3.1 and shown at /docs', async () => {
    assert.match(document.openapi, /^3\.1\./);
    const page = await gateway.app.inject('/docs');
    assert.equal(page.statusCode, 200);
    assert.match(String(page.headers['content-type']), /text\/html/);
  });

  it('has every route that the server has, hidden from none', () => {
    const routes = [...served.keys()].filter((name) => !NOT_OF_THE_API.test(name));
    assert.ok(routes.includes('POST /api/llm/chat') && routes.includes('GET /healthz'));
    assert.deepEqual([...operations.keys()].sort(), routes.sort());
  });

  it('says of each route what it is for, whom it serves, and what it answers', () => {
    const tags = new Set(document.tags?.map(({ name }) => name));
    for (const { name, operation, route } of described()) {
      const access = route.config?.access;
      assert.ok(access, name);
      const answers = Object.keys(operation.responses ?? {});
      assert.ok(operation.summary, name);
      assert.ok(answers.some((status) => status.startsWith('2')) && answers.includes('500'), name);
      assert.equal(operation.security?.length, access === 'open' ? 0 : 1, name);
      for (const tag of operation.tags ?? ['none']) assert.ok(tags.has(tag), `${name}: tag ${tag}`);
      if (access === 'open') continue;
      assert.ok(answers.includes('401') && answers.includes('403'), name);
      const { scope, role } = access;
      const tokens = scope === undefined ? 'none' : scope === 'any' ? 'any' : `\`${scope}\``;
      assert.ok(operation.description?.includes(`API tokens: ${tokens}.`), name);
      assert.equal(operation.description?.includes('Owners alone.'), role === 'owner', name);
    }
  });

  it('describes every refusal with its body', () => {
    for (const [name, { responses }] of operations) {
      for (const [status, answer] of Object.entries(responses ?? {})) {
        if (Number(status) < 400) continue;
        assert.ok('content' in answer && answer.content?.['application/json']?.schema, `${name} ${status}`);
        assert.match(answer.description, /^`\w+`/, `${name} ${status}`);
      }
    }
  });

  it('names the refusals that follow from no schema', () => {
    for (const [name, statuses] of Object.entries({
      'POST /api/auth/register': ['409'],
      'POST /api/auth/login': ['401'],
      'POST /api/auth/refresh': ['401', '403'],
      'POST /api/auth/logout': ['403'],
      'POST /api/teams/{id}/leave': ['404', '409'],
      'PATCH /api/teams/{id}/members/{userId}': ['404', '409'],
      'DELETE /api/teams/{id}/members/{userId}': ['404', '409'],
      'POST /api/teams/{id}/invites': ['404', '409'],
      'POST /api/invites/accept': ['404', '409'],
      'POST /api/invites/{code}/accept': ['404', '409'],
      'POST /api/llm/chat': ['404'],
      'PATCH /api/ai-profiles/{id}': ['400', '412'],
    })) {
      const answers = Object.keys(named(name).responses ?? {});
      for (const status of statuses) assert.ok(answers.includes(status), `${name} ${status}`);
    }
  });

  it('calls a body required where a request without one is refused', () => {
    for (const { name, operation, route } of described()) {
      const body = route.schema?.body;
      if (!(body instanceof z.ZodType)) {
        assert.equal(operation.requestBody, undefined, name);
        continue;
      }
      assert.ok(operation.requestBody && 'content' in operation.requestBody, name);
      assert.equal(operation.requestBody.required, !body.safeParse(undefined).success, name);
    }
    for (const name of ['auth/refresh', 'auth/logout', 'teams/{id}/switch', 'teams/{id}/invites']) {
      const { requestBody } = named(`POST /api/${name}`);
      assert.ok(requestBody && 'content' in requestBody && requestBody.required === false, name);
    }
    const { requestBody } = named('PATCH /api/ai-profiles/{id}');
    assert.ok(requestBody && 'content' in requestBody);
    const types = ['application/json', 'application/merge-patch+json'];
    assert.deepEqual(Object.keys(requestBody.content), types);
    assert.ok(!JSON.stringify(document).includes('x-body-optional'));
  });

  it('names the headers that a route reads', () => {
    for (const [name, headers] of Object.entries({
      'POST /api/llm/chat': ['Idempotency-Key', 'Prefer'],
      'POST /api/jobs': ['Idempotency-Key', 'Prefer'],
      'GET /api/jobs/{id}/events': ['Last-Event-ID'],
      'PATCH /api/ai-profiles/{id}': ['If-Match'],
      'DELETE /api/ai-profiles/{id}': ['If-Match'],
      'GET /api/auth/me': [],
    })) {
      assert.deepEqual(headersOf(named(name)), headers, name);
    }
  });

  it('has no reference that leads nowhere', () => {
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name ?? '',
    );
    assert.ok(references.includes('Error'));
    for (const name of references) assert.ok(document.components?.schemas?.[name], name);
    assert.equal(text.includes('"$ref":"#/definitions'), false);
  });
});
