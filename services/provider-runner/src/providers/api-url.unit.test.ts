import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiUrl } from './api-url.ts';

test('the version is added where it is missing and never doubled', () => {
  const cases: [string, string, string][] = [
    ['https://api.openai.com', '/v1', 'https://api.openai.com/v1/chat/completions'],
    ['https://api.openai.com/', '/v1', 'https://api.openai.com/v1/chat/completions'],
    ['https://api.openai.com/v1', '/v1', 'https://api.openai.com/v1/chat/completions'],
    ['https://api.openai.com/v1//', '/v1', 'https://api.openai.com/v1/chat/completions'],
    ['https://openrouter.ai/api', '/v1', 'https://openrouter.ai/api/v1/chat/completions'],
    [
      'https://ark.cn-beijing.volces.com',
      '/api/v3',
      'https://ark.cn-beijing.volces.com/api/v3/chat/completions',
    ],
    [
      'https://ark.cn-beijing.volces.com/api',
      '/api/v3',
      'https://ark.cn-beijing.volces.com/api/v3/chat/completions',
    ],
    [
      'https://ark.cn-beijing.volces.com/api/v3/',
      '/api/v3',
      'https://ark.cn-beijing.volces.com/api/v3/chat/completions',
    ],
    [
      'https://open.bigmodel.example/api/paas/v4',
      '/v1',
      'https://open.bigmodel.example/api/paas/v4/chat/completions',
    ],
    ['https://x.openai.azure.com', '/openai/v1', 'https://x.openai.azure.com/openai/v1/chat/completions'],
    [
      'https://x.openai.azure.com/openai',
      '/openai/v1',
      'https://x.openai.azure.com/openai/v1/chat/completions',
    ],
    ['https://h.example/v1/chat/completions', '/v1', 'https://h.example/v1/chat/completions'],
  ];
  for (const [baseUrl, version, wanted] of cases) {
    assert.equal(apiUrl(baseUrl, version, '/chat/completions').href, wanted);
  }
});

test('a query is kept', () => {
  const url = apiUrl('https://x.example/v1beta?api-version=1', '/v1beta', '/models');
  assert.equal(url.href, 'https://x.example/v1beta/models?api-version=1');
});
