import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { createLogger, type Logger } from './logger.ts';

function capture(
  level = 'info',
  pretty = false,
): { log: Logger; written: string[]; last: () => Record<string, unknown> } {
  const written: string[] = [];
  const destination = { write: (line: string) => void written.push(line) };
  const log = createLogger({ service: 'gateway', level, pretty, destination });
  return { log, written, last: () => JSON.parse(written.at(-1) ?? '') };
}

class ProviderError extends Error {
  override name = 'ProviderError';
  code = 'provider_authentication';
  requestBody = { prompt: 'private words' };
  headers = { 'x-unusual': 'private header' };
}

it('writes one JSON object per line with ISO time, level name and service', () => {
  const { log, written, last } = capture();
  log.info({ port: 3000 }, 'listening');
  const { time, pid, ...rest } = last();
  assert.equal(written.length, 1);
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(pid, process.pid);
  assert.deepEqual(rest, { level: 'info', service: 'gateway', port: 3000, msg: 'listening' });
});

it('carries the ids of a request on every line of its child', () => {
  const { log, last } = capture();
  log.child({ requestId: 'r-1', jobId: 'j-1', traceId: 't-1' }).info('accepted');
  const { requestId, jobId, traceId } = last();
  assert.deepEqual([requestId, jobId, traceId], ['r-1', 'j-1', 't-1']);
});

it('redacts in fields, in the bindings of children and in messages', () => {
  const { log, written } = capture();
  const child = log.child({ apiKey: 'secret-1' });
  child.info({ headers: { authorization: 'secret-2' } }, 'sent Bearer secret-345');
  assert.doesNotMatch(written.join(''), /secret-/);
});

describe('an error in a line', () => {
  const failure = new ProviderError('refused sk-live-123456789', { cause: new Error('socket closed') });

  it('shows type, code, message and cause and no other property', () => {
    const { log, written, last } = capture();
    log.warn({ err: failure, nested: { reason: failure } }, 'call failed');
    const expected = {
      type: 'ProviderError',
      message: 'refused [redacted]',
      code: 'provider_authentication',
      cause: { type: 'Error', message: 'socket closed' },
    };
    assert.deepEqual(last()['err'], expected);
    assert.deepEqual(last()['nested'], { reason: expected });
    assert.doesNotMatch(written.join(''), /private/);
  });

  it('has its stack from level error on, or when debugging', () => {
    const stackOf = (line: Record<string, unknown>) => (line['err'] as { stack?: string }).stack;
    const usual = capture();
    usual.log.error(failure);
    assert.match(stackOf(usual.last()) ?? '', /logger\.unit\.test/);
    assert.equal(usual.last()['msg'], 'refused [redacted]');
    usual.log.info({ err: failure }, 'will be tried again');
    assert.equal(stackOf(usual.last()), undefined);
    const debugging = capture('debug');
    debugging.log.info({ err: failure }, 'will be tried again');
    assert.ok(stackOf(debugging.last()));
  });

  it('is safe when a child was bound to it', () => {
    const { log, written } = capture();
    log.child({ err: failure }).info('later');
    assert.match(written.join(''), /provider_authentication/);
    assert.doesNotMatch(written.join(''), /private/);
  });
});

describe('inside an active span', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const spanId = 'b7ad6b7169203331';
  const active = trace.setSpanContext(context.active(), { traceId, spanId, traceFlags: 1 });
  before(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));

  it('adds trace and span id', () => {
    const { log, last } = capture();
    context.with(active, () => log.info('x'));
    assert.deepEqual([last()['traceId'], last()['spanId']], [traceId, spanId]);
  });

  it('writes no field twice when the child has the trace id', () => {
    const { log, written } = capture();
    context.with(active, () => log.child({ traceId }).info('x'));
    assert.equal(written.join('').match(/"traceId"/g)?.length, 1);
    assert.equal(written.join('').match(/"spanId"/g)?.length, 1);
  });

  it('keeps the trace of the job when the active span belongs to another', () => {
    const { log, last } = capture();
    context.with(active, () => log.child({ traceId: 'f'.repeat(32) }).info('x'));
    assert.deepEqual([last()['traceId'], last()['spanId']], ['f'.repeat(32), undefined]);
  });
});

it('writes lines for people when asked to', () => {
  const { log, written } = capture('info', true);
  log.info({ port: 3000 }, 'listening');
  assert.match(written.join(''), /^\d\d:\d\d:\d\d\.\d{3} INFO {2}gateway: listening {2}port=3000\n$/);
});
