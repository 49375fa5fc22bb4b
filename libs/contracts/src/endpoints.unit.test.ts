import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { type Endpoint, endpoint } from './endpoint.ts';
import { answererOf, ENDPOINTS, isEndpoint } from './endpoints.ts';

const directory = import.meta.dirname;

test('every endpoint that a contract defines is in the list, and so has permissions', async () => {
  const files = globSync('**/*.ts', { cwd: directory }).filter(
    (file) => !/\.test\.ts$|^index\.ts$/.test(file),
  );
  const found = new Map<string, Endpoint>();
  for (const file of files) {
    const contract: object = await import(`${directory}/${file}`);
    for (const one of Object.values(contract).filter(isEndpoint)) found.set(one.subject, one);
  }
  assert.ok(found.size > 10);
  assert.deepEqual(
    ENDPOINTS.map(({ subject }) => subject).toSorted(),
    [...found.keys()].toSorted(),
    'name the module in endpoints.ts',
  );
});

test('every endpoint is answered by a service, and asked by at least one other', () => {
  for (const one of ENDPOINTS) {
    assert.ok(one.callers.length > 0, one.subject);
    assert.ok(!one.callers.includes(answererOf(one)), one.subject);
  }
  const { request, reply } = ENDPOINTS[0] ?? assert.fail();
  assert.throws(() => answererOf(endpoint('nobody.knows', request, reply)), /nobody\.knows/);
});
