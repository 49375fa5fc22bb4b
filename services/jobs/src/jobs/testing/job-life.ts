import {
  type Command,
  type CommandOf,
  type Finished,
  type JobEvent,
  type JobEventName,
  newId,
} from '@sluice/contracts';

export type Written = { type: JobEventName; body: Record<string, unknown> };

const second = (offset: number): string => new Date(Date.UTC(2026, 0, 1) + offset * 1000).toISOString();

/** The command of a chat job; `at` in seconds since the start of 2026. */
export function commandOf(fields: Partial<CommandOf<'chat'>> = {}, at = 0): Command {
  return {
    v: 1,
    jobId: newId(),
    teamId: 'team1',
    userId: 'user1',
    kind: 'chat',
    priority: 'interactive',
    aiProfileId: 'profile1',
    requestId: 'request-1',
    traceId: 'a'.repeat(32),
    gatewayId: 'gateway1',
    at: second(at),
    deadlineAt: null,
    maxAttempts: 3,
    stream: false,
    input: { messages: [{ role: 'user', content: 'hello' }] },
    ...fields,
  };
}

export function runOf(number: number) {
  return {
    attempt: { sequence: number, delivery: 1 },
    number,
    aiProfileId: 'profile1',
    runnerId: `runner${number}`,
    at: second(number),
    queueMs: 1,
    ...(number > 1 && { reason: 'retry' as const }),
  };
}

export function finishedOf(jobId: string, number: number, fields: Partial<Finished> = {}): Finished {
  return {
    v: 1,
    jobId,
    status: 'completed',
    at: second(60),
    run: { ...runOf(number), firstTokenMs: null },
    lastIndex: -1,
    result: resultOf('answer'),
    ...fields,
  };
}

export function resultOf(text: string) {
  return {
    text,
    reasoningText: null,
    // Names and depth that BSON would refuse or change.
    toolCalls: [
      { id: '1', name: 'f', arguments: { $set: { 'a.b': 1, '': 2, 'nul\0': 3 } }, argumentsText: '{}' },
    ],
    json: null,
    finishReason: 'stop' as const,
    provider: 'openai',
    model: 'm',
    usage: null,
    cost: null,
  };
}

/** One job whose first attempt fails and whose second completes, as it is published. */
export function lifeOf(command: Command): Written[] {
  const error = { code: 'provider_overloaded', message: 'busy', retryable: true };
  const { attempt, number } = runOf(1);
  return [
    { type: 'requested', body: command },
    { type: 'started', body: { v: 1, ...runOf(1) } },
    { type: 'retrying', body: { v: 1, attempt, number, error, nextAttemptAt: second(5), at: second(2) } },
    { type: 'due', body: command },
    { type: 'started', body: { v: 1, ...runOf(2) } },
    { type: 'finished', body: finishedOf(command.jobId, 2) },
  ];
}

/** As the events of a life read back when they were stored from `sequence` on. */
export function eventsOf(life: readonly Written[], sequence: number): JobEvent[] {
  return life.map(({ type, body }, index) => {
    const { input: _, ...data } = body;
    return { sequence: sequence + index, type, data } as unknown as JobEvent;
  });
}
