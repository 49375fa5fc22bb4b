import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOfAnswer, failureOfError } from './errors.ts';

const KEY = 'plain-key-4711-0815';

test("the provider's message is shown without the key and without anything like a bearer token, cut to length", () => {
  const message = `wrong key ${KEY}, got Bearer abcdef and Authorization: Bearer x1y2z3w4v5 ${'x'.repeat(2000)}`;
  const { error } = failureOfAnswer(401, {}, JSON.stringify({ error: { message, code: KEY } }), KEY);
  const text = JSON.stringify(error);
  for (const secret of [KEY, 'abcdef', 'x1y2z3w4v5']) assert.doesNotMatch(text, new RegExp(secret));
  assert.equal(error.provider?.message?.length, 1000);
  assert.equal(error.provider?.status, 401);
});

test('a body that is no error object is quoted, a web page is not', () => {
  assert.equal(failureOfAnswer(500, {}, 'boom', KEY).error.provider?.message, 'boom');
  const page = failureOfAnswer(502, { 'content-type': 'text/html' }, '<p>bad gateway', KEY).error;
  assert.deepEqual([page.code, page.provider?.message], ['provider_unavailable', null]);
});

test('statuses and names become job error codes', () => {
  const codes: readonly [number, object, string][] = [
    [409, {}, 'provider_unavailable'],
    [408, {}, 'provider_timeout'],
    [529, {}, 'provider_overloaded'],
    [413, { code: 'rate_limit_exceeded' }, 'provider_rate_limited'],
    [413, {}, 'provider_context_too_long'],
    [400, { message: "This model's maximum context length is 8192 tokens" }, 'provider_context_too_long'],
    [400, { code: 'model_not_found' }, 'provider_model_not_found'],
    [302, {}, 'provider_invalid_request'],
  ];
  for (const [status, error, code] of codes) {
    assert.equal(failureOfError(status, error, KEY).error.code, code, `${status} ${JSON.stringify(error)}`);
  }
});

test("each vendor's own errors are judged by what they mean", () => {
  const [quota, long] = ['provider_quota_exceeded', 'provider_context_too_long'];
  const answers: readonly [string, number, object, string][] = [
    ['Kimi', 429, { error: { message: 'suspended', type: 'exceeded_current_quota_error' } }, quota],
    ['Ark', 429, { error: { message: 'exhausted', code: 'QuotaExceeded' } }, quota],
    ['Ark', 403, { error: { message: 'overdue', code: 'AccountOverdueError' } }, quota],
    ['xAI', 403, { code: 'no permission', error: 'Your team does not have any credits yet.' }, quota],
    ['xAI', 429, { code: 'exhausted', error: 'The team has used all available credits.' }, quota],
    ['Qwen', 400, { error: { message: 'Access denied.', code: 'Arrearage' } }, quota],
    ['a rate', 429, { error: { message: 'Slow down; credits are left.' } }, 'provider_rate_limited'],
    ['Kimi', 400, { error: { message: 'Your request exceeded model token limit: 8192' } }, long],
    ['Qwen', 400, { error: { message: 'Range of input length should be [1, 98304]' } }, long],
    ['Together', 422, { error: { message: '`inputs` tokens + `max_new_tokens` must be <= 4097.' } }, long],
    ['Together', 400, { error: { message: "the model's maximum context length is 8193" } }, long],
    ['vLLM', 400, { object: 'error', message: 'maximum context length is 9', code: 400 }, long],
    ['xAI', 400, { code: 'invalid', error: 'Incorrect API key provided: xa***.' }, 'provider_authentication'],
    [
      'OpenRouter',
      403,
      { error: { code: 403, message: 'Your input was flagged' } },
      'provider_content_filtered',
    ],
    [
      'OpenRouter',
      403,
      { error: { code: 403, message: 'refused', metadata: { reasons: ['violence'] } } },
      'provider_content_filtered',
    ],
    ['anyone', 403, { error: { message: 'not yours' } }, 'provider_permission'],
  ];
  for (const [vendor, status, body, code] of answers) {
    const { error } = failureOfAnswer(status, {}, JSON.stringify(body), KEY);
    assert.equal(error.code, code, `${vendor} ${JSON.stringify(body)}`);
  }
});

test('an error whose fields stand at the top of the body is read too', () => {
  const read = (status: number, body: object) =>
    failureOfAnswer(status, {}, JSON.stringify(body), KEY).error.provider;
  assert.deepEqual(
    read(400, { object: 'error', message: 'bad', type: 'invalid_request_error', code: '1500' }),
    {
      ...{ status: 400, code: '1500', message: 'bad' },
    },
  );
  assert.deepEqual(read(400, { object: 'error', message: 'bad', type: 'BadRequestError', code: 400 }), {
    ...{ status: 400, code: '400', message: 'bad' },
  });
  assert.deepEqual(read(404, { detail: 'Not Found' }), { status: 404, code: null, message: 'Not Found' });
  const detail = [{ type: 'missing', loc: ['body', 'seed'], msg: 'Extra inputs are not permitted' }];
  const message = 'body.seed: Extra inputs are not permitted';
  assert.equal(read(422, { detail })?.message, message);
  assert.equal(read(422, { object: 'error', message: { detail } })?.message, message);
  assert.equal(read(500, { odd: 1 })?.message, '{"odd":1}', 'what is none is quoted');
});
