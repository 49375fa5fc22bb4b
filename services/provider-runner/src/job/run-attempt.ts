import type { Cost, Finished, JobErrorCode, Released, Retrying, Started, Usage } from '@sluice/contracts';
import { ERROR_TYPE, type Span } from '@sluice/telemetry';
import type { Breaker, Pass } from '../breaker/breaker.ts';
import { costOf } from '../cost/cost-of.ts';
import { fallbacksOf } from '../fallback/choose-profile.ts';
import type { CallableProfile } from '../keys/open-profile.ts';
import { type LiveOutput, type LiveOutputDeps, NO_OUTPUT, openLiveOutput } from '../output/live-output.ts';
import { type AttemptOutcome, type CallDeps, callProvider } from './call-provider.ts';
import { type Backoff, decideOutcome } from './decide-outcome.ts';
import type { Turn } from './decide-start.ts';
import { type EndDeps, endJob, scheduleDue } from './end-job.ts';
import { type Failure, failure, type Used } from './failure.ts';
import { type Job, logFields } from './job.ts';
import type { PublishOutcome } from './job-events.ts';
import { type RunningCalls, STOPPED } from './running-calls.ts';

export type AttemptDeps = CallDeps &
  EndDeps & {
    readonly running: RunningCalls;
    readonly output: LiveOutputDeps;
    /** Bound of a whole provider call, in milliseconds. */
    readonly requestMs: number;
    readonly backoff: Backoff;
    readonly breaker: Breaker;
  };

type Begun = {
  readonly started: Started;
  /** How the publish of `started` ended, or will. */
  readonly begun: Promise<PublishOutcome>;
  readonly turn: Turn;
  /** The profile that is called; null where it could not be read a moment ago. */
  readonly opened: CallableProfile | null;
  /** What the breaker let through. */
  readonly pass: Pass | null;
  readonly span: Span;
};

/** Calls the provider for a job whose `started` is on its way, and brings the outcome where it belongs. */
export async function runAttempt(deps: AttemptDeps, job: Job, { begun, ...run }: Begun): Promise<void> {
  const { command } = job;
  const output = command.stream ? openLiveOutput(deps.output, command, job.attempt) : NO_OUTPUT;
  output.started(run.started);
  const calledAt = performance.now();
  const { aiProfileId } = run.started;
  const called = await boundedCall(deps, job, { begun, aiProfileId, output, span: run.span });
  if (run.pass) deps.breaker.report(run.pass, codeOf(called));
  // The last deltas are stored before the end that names the last of them.
  await output.close();
  const outcome = await begun;
  if (called === STOPPED.leaseLost || outcome === 'lost') return;
  if (outcome === 'ended' || called === STOPPED.ended) {
    deps.log.debug(logFields(job), 'the job had ended; its attempt is dropped');
    void job.delivery.ack();
    return;
  }
  if (called === STOPPED.handedBack) {
    await handBack(deps, job, run.started);
    return;
  }
  if (called instanceof Error) throw called;
  const used = usedBy(called);
  const spent: Spent = {
    firstTokenMs: output.firstAt === null ? null : Math.round(output.firstAt - calledAt),
    usage: used?.usage ?? null,
    cost: run.opened && costOf(used, run.opened, command),
  };
  const finished = (rest: Pick<Finished, 'status' | 'result' | 'error'>): Finished => {
    const { v: _, ...started } = run.started;
    return {
      v: 1,
      jobId: command.jobId,
      at: new Date().toISOString(),
      run: { ...started, ...spent },
      lastIndex: output.lastIndex,
      ...rest,
    };
  };
  if (called.ok) {
    deps.log.debug(logFields(job), 'completed');
    const result = { ...called.result, cost: spent.cost };
    await endJob(deps, job, finished({ status: 'completed', result }));
    return;
  }
  await afterFailure(deps, job, {
    ...run,
    failure: called.failure,
    cause: called.cause,
    output,
    spent,
    finished,
  });
}

/** What the breaker is told: nothing of a call that was stopped by us. */
function codeOf(called: AttemptOutcome | Error): JobErrorCode | null | undefined {
  if (called instanceof Error) return undefined;
  return called.ok ? null : called.failure.error.code;
}

function usedBy(called: AttemptOutcome): Used | null {
  if (!called.ok) return called.failure.used ?? null;
  const { usage, model } = called.result;
  return usage && { usage, model };
}

/** The provider call under all its bounds. Resolves to one of STOPPED when it was stopped from outside. */
async function boundedCall(
  deps: AttemptDeps,
  job: Job,
  {
    begun,
    ...settings
  }: { begun: Promise<PublishOutcome>; aiProfileId: string; output: LiveOutput; span: Span },
): Promise<AttemptOutcome | Error> {
  const { command, lease } = job;
  const { control, close } = deps.running.open(command);
  const onLeaseLost = () => control.abort(STOPPED.leaseLost);
  if (lease.aborted) onLeaseLost();
  lease.addEventListener('abort', onLeaseLost, { once: true });
  const deadlineMs = command.deadlineAt === null ? Infinity : Date.parse(command.deadlineAt) - Date.now();
  const [boundMs, reason] =
    deadlineMs < deps.requestMs ? [deadlineMs, STOPPED.deadline] : [deps.requestMs, STOPPED.timeout];
  const timer = setTimeout(() => control.abort(reason), boundMs);
  begun.then(
    (outcome) => {
      if (outcome !== 'stored') control.abort(outcome === 'ended' ? STOPPED.ended : STOPPED.leaseLost);
    },
    () => control.abort(STOPPED.ended),
  );
  try {
    return await callProvider(deps, command, { ...settings, signal: control.signal });
  } catch (error) {
    if (error === STOPPED.timeout) {
      const message = `The provider did not finish its answer within ${deps.requestMs} ms.`;
      return { ok: false, failure: failure('provider_timeout', message) };
    }
    if (error === STOPPED.deadline) {
      const message = `The deadline ${command.deadlineAt} passed while the provider was answering.`;
      return { ok: false, failure: failure('deadline_exceeded', message) };
    }
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
    close();
    lease.removeEventListener('abort', onLeaseLost);
  }
}

async function handBack(deps: AttemptDeps, job: Job, { attempt, number }: Started): Promise<void> {
  const released: Released = { v: 1, attempt, number, at: new Date().toISOString() };
  const outcome = await deps.events.publish(job, 'released', JSON.stringify(released));
  deps.log.info(logFields(job), 'handed back unfinished');
  if (outcome === 'ended') void job.delivery.ack();
  else job.delivery.nak();
}

type Spent = {
  readonly firstTokenMs: number | null;
  readonly usage: Usage | null;
  readonly cost: Cost | null;
};

type Failed = Omit<Begun, 'begun'> & {
  readonly failure: Failure;
  readonly cause: unknown;
  readonly output: LiveOutput;
  readonly spent: Spent;
  readonly finished: (rest: Pick<Finished, 'status' | 'result' | 'error'>) => Finished;
};

async function afterFailure(deps: AttemptDeps, job: Job, failed: Failed): Promise<void> {
  const { started, turn, span, output, spent, finished } = failed;
  const { command } = job;
  const { error } = failed.failure;
  if (span.isRecording()) span.setAttribute(ERROR_TYPE, error.code).setStatus({ code: 2 });
  const decision = decideOutcome({
    failure: failed.failure,
    turn,
    onFallback: started.aiProfileId !== command.aiProfileId,
    fallbacks: await fallbacksOf(deps, command, started.aiProfileId),
    hasOutput: output.lastIndex >= 0,
    maxAttempts: command.maxAttempts,
    deadlineAt: command.deadlineAt,
    now: Date.now(),
    random: Math.random(),
    backoff: deps.backoff,
  });
  // An error of our own, not a provider's: the cause is for the operator.
  const level = error.code === 'internal' ? 'error' : 'warn';
  const fields = {
    ...logFields(job),
    code: error.code,
    status: error.provider?.status,
    attempt: started.number,
  };
  deps.log[level](
    failed.cause ? { ...fields, err: failed.cause } : fields,
    `an attempt failed; ${decision.action}`,
  );
  if (decision.action === 'finish') {
    const status = error.code === 'deadline_exceeded' ? 'expired' : 'failed';
    await endJob(deps, job, finished({ status, error: decision.error }));
    return;
  }
  const retrying: Retrying = {
    v: 1,
    attempt: started.attempt,
    number: started.number,
    error,
    nextAttemptAt: new Date(decision.at).toISOString(),
    next: decision.next,
    ...spent,
    at: new Date().toISOString(),
  };
  // `retrying` first: it is guarded, so a job that has ended gets no timer. Then the timer, and the ack last: a runner
  // that dies in between leaves the message to another one, which attempts it again; the other way round the job
  // would wait for a timer that nobody has set.
  const outcome = await deps.events.publish(job, 'retrying', JSON.stringify(retrying));
  if (outcome === 'ended') void job.delivery.ack();
  if (outcome !== 'stored') return;
  output.retrying(retrying);
  // A fallback is tried at once: the same message, delivered again, by whoever has a slot; batch work too.
  if (decision.action === 'fallback') job.delivery.nak();
  else await scheduleDue(deps, job, decision.at);
}
