import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { DeltaContent } from '@sluice/contracts';
import type { Expectation } from '@sluice/testing';
import type { ChatOutcome, Outcome } from '../providers/provider.ts';

/** Compares what an adapter made of a recorded answer with what it means. */
export function expectOutcome(
  outcome: ChatOutcome,
  deltas: readonly DeltaContent[],
  expected: Expectation,
): void {
  if (expected.outcome === 'failed') expectFailure(outcome, deltas, expected);
  else expectAnswer(outcome, deltas, expected);
}

export function expectFailure(
  outcome: Outcome<unknown>,
  deltas: readonly DeltaContent[],
  expected: Expectation,
): void {
  assert.ok(!outcome.ok, 'it failed');
  const { error, retryAfterMs } = outcome.failure;
  const wanted = expected.error;
  assert.ok(wanted, 'a failed case says its error');
  assert.equal(error.retryable, wanted.retryable, 'retryable');
  if (wanted.jobCode !== undefined) assert.equal(error.code, wanted.jobCode, 'code');
  if (wanted.code.startsWith('provider_')) assert.equal(error.code, wanted.code);
  else assert.equal(error.provider?.code, wanted.code, "the vendor's code");
  if (!wanted.code.startsWith('provider_')) {
    assert.equal(error.provider?.status, wanted.status, 'status');
    assert.equal(error.provider?.message ?? null, wanted.message, "the vendor's message");
  }
  if (wanted.retryAfterMs !== undefined) assert.equal(retryAfterMs, wanted.retryAfterMs, 'retryAfterMs');
  if (expected.streamed) expectText(joined(deltas, 'text') ?? '', expected.text, 'text before the failure');
}

function expectAnswer(outcome: ChatOutcome, deltas: readonly DeltaContent[], expected: Expectation): void {
  assert.ok(outcome.ok, outcome.ok ? '' : JSON.stringify(outcome.failure.error));
  const { answer } = outcome;
  expectText(answer.text, expected.text, 'text');
  expectText(answer.reasoningText, expected.reasoningText, 'reasoning');
  assert.deepEqual(
    answer.toolCalls.map(({ id, name, arguments: value }, index) => ({
      id: expected.toolCalls[index]?.id === null ? null : id,
      name,
      arguments: value,
    })),
    expected.toolCalls,
    'tool calls',
  );
  for (const { id } of answer.toolCalls) assert.notEqual(id, '', 'every call has an id');
  assert.equal(answer.finishReason, expected.finishReason, 'finish reason');
  expectUsage(answer.usage, expected.usage);
  expectSignatures(answer, expected);
  if (!expected.streamed) return;
  assert.equal(joined(deltas, 'text') ?? '', answer.text, 'the deltas are the text');
  assert.equal(joined(deltas, 'reasoningText'), answer.reasoningText, 'the deltas are the reasoning');
  for (const [index, call] of answer.toolCalls.entries()) {
    const fragments = deltas.flatMap(({ toolCalls = [] }) => toolCalls);
    const own = fragments.filter((fragment) => indexOfCall(fragments, fragment.index) === index);
    assert.equal(own.map(({ argumentsDelta = '' }) => argumentsDelta).join(''), call.argumentsText);
    assert.equal(own.find(({ name }) => name !== undefined)?.name, call.name);
  }
}

/** A call's place among the calls, however the vendor numbers them. */
function indexOfCall(fragments: readonly { index: number }[], index: number): number {
  return [...new Set(fragments.map((fragment) => fragment.index))].sort((a, b) => a - b).indexOf(index);
}

function expectText(text: string | null, expected: Expectation['text'], what: string): void {
  if (expected === null || typeof expected === 'string') {
    assert.equal(text, expected, what);
    return;
  }
  const found = {
    sha256: createHash('sha256')
      .update(text ?? '')
      .digest('hex'),
    length: text?.length,
    lengthBytes: Buffer.byteLength(text ?? ''),
  };
  const { sha256, length, lengthBytes } = expected;
  assert.deepEqual(found, { sha256, length, lengthBytes }, what);
}

export function expectUsage(
  usage: Extract<ChatOutcome, { ok: true }>['answer']['usage'],
  expected: Expectation['usage'],
): void {
  if (expected === null) {
    assert.equal(usage, null, 'usage');
    return;
  }
  assert.ok(usage, 'there is usage');
  for (const [name, count] of Object.entries(expected)) {
    if (count !== null) assert.equal(usage[name as keyof typeof usage], count, name);
  }
}

function expectSignatures(
  answer: Extract<ChatOutcome, { ok: true }>['answer'],
  { thoughtSignatures = [] }: Expectation,
): void {
  const all = [...(answer.reasoning ?? []), ...answer.toolCalls].flatMap(({ signature }) => signature ?? []);
  for (const { sha256, length } of thoughtSignatures) {
    const found = all.some(
      (signature) =>
        signature.length === length && createHash('sha256').update(signature).digest('hex') === sha256,
    );
    assert.ok(found, 'the thought signature is kept');
  }
}

function joined(deltas: readonly DeltaContent[], part: 'text' | 'reasoningText'): string | null {
  const pieces = deltas.flatMap((delta) => delta[part] ?? []);
  return pieces.length === 0 ? null : pieces.join('');
}
