import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { OpenAPIV3_1 } from 'openapi-types';
import { type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway-under-test.ts';

const ROUTES = [
  ...['POST /api/auth/register', 'POST /api/auth/login', 'POST /api/auth/refresh', 'POST /api/auth/logout'],
  ...['GET /api/auth/me', 'POST /api/ai-profiles', 'GET /api/ai-profiles', 'GET /api/ai-profiles/{id}'],
  ...[
    'POST /api/llm/chat',
    'POST /api/llm/structured-test',
    'GET /api/jobs',
    'GET /api/jobs/{id}',
    'GET /api/jobs/{id}/events',
  ],
  ...['POST /api/jobs', 'POST /api/jobs/{id}/cancel', 'GET /api/files/{id}'],
  ...['GET /api/audit', 'POST /api/auth/logout-all', 'POST /api/auth/password'],
  ...['GET /api/teams', 'POST /api/teams', 'PATCH /api/teams/{id}', 'POST /api/teams/{id}/switch'],
  'DELETE /api/teams/{id}',
  ...['GET /api/teams/{id}/members', 'PATCH /api/teams/{id}/members/{userId}'],
  ...['DELETE /api/teams/{id}/members/{userId}', 'POST /api/teams/{id}/leave'],
  ...['GET /api/teams/{id}/invites', 'POST /api/teams/{id}/invites'],
  ...['DELETE /api/teams/{id}/invites/{inviteId}', 'POST /api/invites/accept'],
  'POST /api/invites/{code}/accept',
  ...['GET /api/tokens', 'POST /api/tokens', 'DELETE /api/tokens/{id}'],
  ...['PATCH /api/ai-profiles/{id}', 'DELETE /api/ai-profiles/{id}', 'GET /api/keys/sealing'],
  ...['POST /v1/chat/completions', 'POST /v1/embeddings', 'GET /v1/models', 'GET /v1/models/{model}'],
  ...['GET /healthz', 'GET /readyz', 'GET /.well-known/jwks.json'],
];
/** Everything that they need to know stands in the path. */
const BODILESS = /^POST .*\/(logout-all|leave|invites\/\{code\}\/accept|cancel)$/;
const OPEN = /\/(register|login|refresh|logout|healthz|readyz|jwks\.json)$/;

describe('the API description', () => {
  let gateway: GatewayUnderTest;
  let document: OpenAPIV3_1.Document;
  let operations: [string, OpenAPIV3_1.OperationObject][];
  before(async () => {
    gateway = await gatewayUnderTest();
    document = (await gateway.app.inject('/docs/json')).json<OpenAPIV3_1.Document>();
    operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      (['get', 'post', 'patch', 'delete'] as const).flatMap((method) => {
        const operation = item?.[method];
        return operation
          ? [[`${method.toUpperCase()} ${path}`, operation] as [string, OpenAPIV3_1.OperationObject]]
          : [];
      }),
    );
  });
  after(() => gateway.close());

  it('is OpenAPI 3.1 and shown at /docs', async () => {
    assert.match(document.openapi, /^3\.1\./);
    const page = await gateway.app.inject('/docs');
    assert.equal(page.statusCode, 200);
    assert.match(String(page.headers['content-type']), /text\/html/);
  });

  it('has every route', () => {
    assert.deepEqual(operations.map(([name]) => name).sort(), [...ROUTES].sort());
  });

  it('says of each route what it is for, what it answers, and whether it needs a token', () => {
    for (const [name, operation] of operations) {
      assert.ok(operation.summary, name);
      const answers = Object.keys(operation.responses ?? {});
      assert.ok(
        answers.some((status) => status.startsWith('2')),
        name,
      );
      assert.ok(answers.includes('500') && answers.includes('503'), name);
      assert.equal(answers.includes('401'), !OPEN.test(name), name);
      assert.equal(operation.security?.length, OPEN.test(name) ? 0 : 1, name);
      if (name.startsWith('POST') && !BODILESS.test(name)) assert.ok(operation.requestBody, name);
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
