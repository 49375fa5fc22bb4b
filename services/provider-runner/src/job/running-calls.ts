import { ANY_JOB_CANCELLED, type Subjects } from '@sluice/contracts';
import { type Log, lastBySubject, type NatsConnection, onStatus } from '@sluice/messaging';

/** Why a provider call is aborted. */
export const STOPPED = {
  ended: new Error('the job has ended'),
  handedBack: new Error('the runner is shutting down'),
  timeout: new Error('the provider call took too long'),
  deadline: new Error('the deadline has passed'),
  leaseLost: new Error('the lease is lost'),
} as const;

type Call = { readonly teamId: string; readonly jobId: string; readonly control: AbortController };

/** The provider calls in progress, and what ends them from outside. */
export type RunningCalls = {
  readonly size: number;
  /** Registers a call; `control` aborts with one of STOPPED. Call `close` when it is over. */
  open(job: { readonly teamId: string; readonly jobId: string }): {
    readonly control: AbortController;
    close(): void;
  };
  handBack(): void;
  close(): void;
};

export type RunningCallsDeps = {
  readonly nc: NatsConnection;
  readonly subjects: Subjects;
  readonly log: Log;
  /** How often a call is looked at whose cancellation may have been missed, in milliseconds. */
  readonly lookEveryMs?: number;
};

const LOOK_EVERY_MS = 5000;

/**
 * Aborts the call of a job that somebody else ended: as soon as that is told, and, since what is told may be lost,
 * after a look at the stream, every few seconds and after a reconnect. One subscription and one timer for all calls.
 */
export function createRunningCalls(deps: RunningCallsDeps): RunningCalls {
  const { nc, subjects, log, lookEveryMs = LOOK_EVERY_MS } = deps;
  const calls = new Set<Call>();

  const abort = (teamId: string, jobId: string): void => {
    for (const call of calls) {
      if (call.jobId === jobId && call.teamId === teamId) call.control.abort(STOPPED.ended);
    }
  };
  const subscription = nc.subscribe(ANY_JOB_CANCELLED, {
    callback: (_error, { subject }) => {
      const [, teamId = '', jobId = ''] = subject.split('.');
      abort(teamId, jobId);
    },
  });

  const look = async ({ teamId, jobId }: Call): Promise<void> => {
    try {
      if (await lastBySubject(nc, subjects.stream, subjects.end(teamId, jobId))) abort(teamId, jobId);
    } catch (err) {
      log.debug({ err, jobId }, 'whether a job has ended cannot be read');
    }
  };
  const lookAtAll = (): void => {
    for (const call of calls) void look(call);
  };
  // A call that is new since the last time began under a guard: there was no end then. Most calls are over before.
  let before = new Set<Call>();
  const timer = setInterval(() => {
    for (const call of calls) if (before.has(call)) void look(call);
    before = new Set(calls);
  }, lookEveryMs);
  timer.unref();
  const forgetStatus = onStatus(nc, ({ type }) => {
    if (type === 'reconnect') lookAtAll();
  });

  return {
    get size() {
      return calls.size;
    },
    open({ teamId, jobId }) {
      const call: Call = { teamId, jobId, control: new AbortController() };
      calls.add(call);
      return { control: call.control, close: () => void calls.delete(call) };
    },
    handBack: () => {
      for (const { control } of calls) control.abort(STOPPED.handedBack);
    },
    close: () => {
      clearInterval(timer);
      forgetStatus();
      subscription.unsubscribe();
    },
  };
}
