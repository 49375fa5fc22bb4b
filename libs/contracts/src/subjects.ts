export const PRIORITIES = ['interactive', 'batch'] as const;
export type Priority = (typeof PRIORITIES)[number];

export const JOB_EVENTS = [
  'requested',
  'ready',
  'started',
  'retrying',
  'parked',
  'released',
  'due',
  'finished',
] as const;
export type JobEventName = (typeof JOB_EVENTS)[number];

export type JobSubject = { priority: Priority; teamId: string; jobId: string; event: JobEventName };

/**
 * Subject and stream names of one installation. `queue` (AI_QUEUE_NAME) is the first token of the job
 * subjects; in upper case it names their stream.
 */
export function subjectsOf(queue: string) {
  return {
    stream: queue.toUpperCase(),
    event: (priority: Priority, teamId: string, jobId: string, event: JobEventName) =>
      `${queue}.${priority}.${teamId}.${jobId}.${event}`,
    /** Everything of one job, under any priority. */
    job: (teamId: string, jobId: string) => `${queue}.*.${teamId}.${jobId}.>`,
    /** Everything of one team. */
    team: (teamId: string) => `${queue}.*.${teamId}.>`,
    /** The filter that every publish concerning a job's end guards itself with. */
    end: (teamId: string, jobId: string) => `${queue}.*.${teamId}.${jobId}.finished`,
    /** Where the server repeats what it stored of one job. */
    stored: (teamId: string, jobId: string) => `stored.${queue}.*.${teamId}.${jobId}.*`,
    parse: (subject: string) => parseJobSubject(queue, subject),
  };
}
export type Subjects = ReturnType<typeof subjectsOf>;

function parseJobSubject(queue: string, subject: string): JobSubject | null {
  const plain = subject.startsWith('stored.') ? subject.slice('stored.'.length) : subject;
  const [head, priority, teamId, jobId, event, ...rest] = plain.split('.');
  if (head !== queue || rest.length > 0 || !teamId || !jobId) return null;
  if (!isOneOf(PRIORITIES, priority) || !isOneOf(JOB_EVENTS, event)) return null;
  return { priority, teamId, jobId, event };
}

function isOneOf<T extends string>(names: readonly T[], name: string | undefined): name is T {
  return (names as readonly (string | undefined)[]).includes(name);
}

export const timerSubjects = {
  at: (priority: Priority, teamId: string, jobId: string) => `timers.at.${priority}.${teamId}.${jobId}`,
  due: (priority: Priority, teamId: string, jobId: string) => `timers.due.${priority}.${teamId}.${jobId}`,
  team: (teamId: string) => `timers.*.*.${teamId}.>`,
};

export const deltasSubject = (teamId: string, jobId: string) => `deltas.${teamId}.${jobId}`;

/** Core subjects of one gateway replica: outcomes for its waiting callers, and frames of live output. */
export const gatewaySubjects = {
  finished: (gatewayId: string) => `gateway.${gatewayId}.finished`,
  frames: (gatewayId: string) => `gateway.${gatewayId}.frames`,
};

/** Told to every runner when somebody else ended a job, so that a provider call for it stops at once. May be lost. */
export const jobCancelledSubject = (teamId: string, jobId: string) => `cancelled.${teamId}.${jobId}`;
export const ANY_JOB_CANCELLED = 'cancelled.*.*';

/** The state of a circuit breaker, and where the server repeats what it stored of all of them. */
export const circuitSubject = (circuit: string) => `breakers.${circuit}`;
export const ANY_STORED_CIRCUIT = 'stored.breakers.*';

export const profileChangedSubject = (teamId: string, profileId: string) =>
  `profiles.${teamId}.${profileId}.changed`;
export const ANY_PROFILE_CHANGED = 'profiles.*.*.changed';

/** What auth tells every gateway, and nobody else may publish: keys that verify access tokens, and what is revoked. */
export const authEventSubjects = { jwks: 'auth-events.jwks', revoked: 'auth-events.revoked' } as const;

/** Where an entry of the audit log is published; the kind is that of its target. */
export const auditSubject = (teamId: string, kind: string) => `audit.${teamId}.${kind}`;

/** Who of several replicas acts: the message is held by one of them, and gone soon after its holder. */
export const lockSubject = (name: string) => `locks.${name}`;

/** A counter that all replicas of a service share; each token is letters, digits, `-` and `_`. */
export const counterSubject = (...tokens: readonly [string, ...string[]]) => `counters.${tokens.join('.')}`;
