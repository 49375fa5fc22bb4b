import assert from 'node:assert/strict';
import { test } from 'node:test';
import { additionalData, type Binding, originOf } from './binding.ts';

const binding: Binding = {
  team: 't',
  profile: 'p',
  slot: 'chat',
  provider: 'openai',
  origin: 'https://a.example',
};

test('additional data is the version and the five parts, joined by line feeds', () => {
  assert.equal(Buffer.from(additionalData(binding)).toString(), 'v1\nt\np\nchat\nopenai\nhttps://a.example');
});

for (const part of ['team', 'profile', 'slot', 'provider', 'origin'] as const) {
  test(`a line feed or half a surrogate pair in ${part} is refused`, () => {
    for (const value of ['x\ny', '\n', 'x\ud800']) {
      assert.throws(() => additionalData({ ...binding, [part]: value }), { fault: 'binding_unusable' });
    }
  });
}

const origins: readonly [baseUrl: string, origin: string][] = [
  ['https://api.openai.com/v1', 'https://api.openai.com'],
  ['https://API.OpenAI.com:443/v1/', 'https://api.openai.com'],
  ['http://localhost:80', 'http://localhost'],
  ['http://127.0.0.1:4010/v1?x=1#y', 'http://127.0.0.1:4010'],
  ['https://host:80', 'https://host:80'],
  ['http://[0:0:0:0:0:0:0:1]:8000/v1', 'http://[::1]:8000'],
  ['https://user:pass@bücher.example/v1', 'https://xn--bcher-kva.example'],
];

for (const [baseUrl, origin] of origins) {
  test(`the origin of ${baseUrl} is ${origin}`, () => {
    assert.equal(originOf(baseUrl), origin);
  });
}

test('what is not an http URL has no origin, and the error does not repeat it', () => {
  for (const baseUrl of ['', '/v1', 'api.openai.com/v1', 'file:///etc/passwd', 'ftp://u:hunter2@host']) {
    assert.throws(() => originOf(baseUrl), {
      fault: 'binding_unusable',
      message: 'the base URL is not an absolute http or https URL',
    });
  }
});
