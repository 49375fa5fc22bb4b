import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import {
  ERROR_TYPE,
  GEN_AI,
  genAiProviderName,
  HTTP_ROUTE,
  MESSAGING,
  SERVICE_NAME,
  SERVICE_VERSION,
  SLUICE,
  URL_FULL,
  URL_QUERY,
} from './attributes.ts';

const published = new Set<unknown>(Object.values(conventions));

it('uses only names the semantic conventions have', () => {
  const single = [HTTP_ROUTE, ERROR_TYPE, URL_FULL, URL_QUERY, SERVICE_NAME, SERVICE_VERSION];
  const names = [...Object.values(MESSAGING), ...Object.values(GEN_AI), ...single];
  assert.deepEqual(
    names.filter((name) => !published.has(name)),
    [],
  );
});

it('keeps its own names under sluice, as published in the HTTP surface', () => {
  assert.ok(Object.values(SLUICE).every((name) => /^sluice\.[a-z_]+$/.test(name)));
  const { requestId, jobId, teamId, jobKind } = SLUICE;
  assert.deepEqual(
    [requestId, jobId, teamId, jobKind],
    ['sluice.request_id', 'sluice.job_id', 'sluice.team_id', 'sluice.job_kind'],
  );
});

it('names providers as the conventions do, and others as they are', () => {
  const known = [
    'openai',
    'azure_openai',
    'anthropic',
    'bedrock',
    'gemini',
    'deepseek',
    'groq',
    'mistral',
    'xai',
  ];
  const listed: unknown[] = Object.entries(conventions)
    .filter(([key]) => key.startsWith('GEN_AI_PROVIDER_NAME_VALUE_'))
    .map(([, value]) => value);
  for (const provider of known) assert.ok(listed.includes(genAiProviderName(provider)), provider);
  assert.equal(genAiProviderName('ollama'), 'ollama');
});
