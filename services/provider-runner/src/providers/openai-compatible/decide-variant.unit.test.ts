import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideNextVariant, type Refusal, type Variant } from './decide-variant.ts';

const variant: Variant = {
  endpoint: 'chat/completions',
  responseFormat: true,
  tokenLimit: 'max_tokens',
  sampling: true,
};
const refusal = (
  status: number,
  words: string,
  code: Refusal['code'] = 'provider_invalid_request',
): Refusal => ({
  code,
  status,
  words,
});
const next = (said: Refusal, changed: (keyof Variant)[] = [], responseFormat = true) =>
  decideNextVariant(variant, said, new Set(changed), { responseFormat })?.variant;

test('a provider that names the other endpoint, or does not know this one, is asked there', () => {
  const responses = { ...variant, endpoint: 'responses' };
  for (const said of [
    refusal(404, '404 page not found', 'provider_model_not_found'),
    refusal(404, 'This is not a chat model and thus not supported in the v1/chat/completions endpoint.'),
    refusal(400, 'This model is only supported in v1/responses and not in v1/chat/completions.'),
    refusal(400, 'The requested operation is unsupported. Use /v1/responses.'),
    refusal(405, 'Method Not Allowed'),
  ]) {
    assert.deepEqual(next(said), responses, said.words);
  }
});

test('nothing is tried twice: an unknown model ends after one other try', () => {
  assert.equal(
    next(refusal(404, 'The model `x` does not exist', 'provider_model_not_found'), ['endpoint']),
    undefined,
  );
});

test('a response format that is refused is left out, where there was one', () => {
  const said = refusal(
    400,
    "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
  );
  assert.deepEqual(next(said), { ...variant, responseFormat: false });
  assert.equal(next(said, ['responseFormat']), undefined);
  assert.equal(next(said, [], false)?.responseFormat ?? true, true);
});

test('a token limit and sampling that a model refuses are written in another way, or left out', () => {
  const limit =
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
  assert.deepEqual(next(refusal(400, limit)), { ...variant, tokenLimit: 'max_completion_tokens' });
  const sampling = "Unsupported value: 'temperature' does not support 0.2 with this model.";
  assert.deepEqual(next(refusal(400, sampling)), { ...variant, sampling: false });
});

test('what no other form would mend is not tried again', () => {
  assert.equal(next(refusal(400, 'messages: at least one message is required')), undefined);
  assert.equal(next(refusal(401, 'Incorrect API key provided', 'provider_authentication')), undefined);
  assert.equal(next(refusal(429, 'use /v1/responses', 'provider_rate_limited')), undefined);
  assert.equal(next(refusal(500, 'unsupported')), undefined);
});

test('a value or a schema that is wrong is no refusal, though every 400 is called an invalid request', () => {
  for (const words of [
    'invalid_request_error temperature must be <= 1',
    'invalid_request_error Invalid value for temperature: 3',
    'top_p must be between 0 and 1; other values are not supported',
    "invalid_request_error Invalid schema for response_format 'place': schema must be an object",
    "Invalid schema for response_format 'place': 'uri' is not a supported format, unsupported keyword",
    'max_tokens (or max_completion_tokens) must be at least 1',
  ]) {
    assert.equal(next(refusal(400, words)), undefined, words);
  }
  for (const words of [
    'This response_format type is unavailable now',
    'Unrecognized request argument supplied: response_format',
    'Unknown parameter: response_format',
    'the model does not support json_schema',
    'unsupported_parameter response_format',
  ]) {
    assert.equal(next(refusal(400, words))?.responseFormat, false, words);
  }
});
