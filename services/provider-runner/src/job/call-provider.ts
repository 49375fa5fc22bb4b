import type { Command, JobResult } from '@sluice/contracts';
import type { NatsConnection } from '@sluice/messaging';
import type { Span } from '@sluice/telemetry';
import type { CallableProfile } from '../keys/open-profile.ts';
import type { ProfileCache } from '../keys/profile-cache.ts';
import type { LiveOutput } from '../output/live-output.ts';
import { callChat } from './call-chat.ts';
import { type Failure, failure, failureOf } from './failure.ts';
import { loadWork } from './load-work.ts';

export type CallDeps = { readonly nc: NatsConnection; readonly profiles: ProfileCache };

export type AttemptOutcome =
  | { readonly ok: true; readonly result: JobResult }
  | { readonly ok: false; readonly failure: Failure; readonly cause?: unknown };

/** An attempt as each kind's call sees it. */
export type CallContext = {
  readonly command: Command;
  readonly opened: CallableProfile;
  /** Ends the call; it then rejects with its reason. */
  readonly signal: AbortSignal;
  readonly output: LiveOutput;
  /** The attempt's own. */
  readonly span: Span;
};

/**
 * One attempt: the input, the opened profile, the call that the job's kind asks for. What fails is an outcome; rejects
 * with the signal's reason when it aborts.
 */
export async function callProvider(
  deps: CallDeps,
  command: Command,
  { signal, output, span }: { signal: AbortSignal; output: LiveOutput; span: Span },
): Promise<AttemptOutcome> {
  try {
    const work = await loadWork(deps.nc, command);
    const opened = await deps.profiles.get(command.teamId, command.aiProfileId, command.requestId);
    signal.throwIfAborted();
    const context: CallContext = { command, opened, signal, output, span };
    switch (work.kind) {
      case 'chat':
      case 'structured':
        return await callChat(work.input, context);
      case 'image':
      case 'embedding':
        return unable(work.kind, opened);
    }
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    return { ok: false, failure: failureOf(cause), cause };
  }
}

function unable(kind: 'image' | 'embedding', { profile }: CallableProfile): AttemptOutcome {
  const what = kind === 'image' ? 'make images' : 'embed texts';
  return {
    ok: false,
    failure: failure('provider_invalid_request', `The provider ${profile.provider} cannot ${what}.`),
  };
}
