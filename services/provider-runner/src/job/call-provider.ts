import type { Command, JobResult } from '@sluice/contracts';
import type { SchemaChecker } from '@sluice/json-schema';
import type { Span } from '@sluice/telemetry';
import type { CallableProfile } from '../keys/open-profile.ts';
import type { ProfileCache } from '../keys/profile-cache.ts';
import type { LiveOutput } from '../output/live-output.ts';
import { callChat } from './call-chat.ts';
import { callEmbeddings } from './call-embeddings.ts';
import { callImages, type ImageDeps } from './call-images.ts';
import { type Failure, failureOf } from './failure.ts';
import { loadWork } from './load-work.ts';

export type CallDeps = ImageDeps & { readonly profiles: ProfileCache; readonly schemas: SchemaChecker };

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

type CallSettings = {
  /** The attempt's: the job's own, or a fallback. */
  readonly aiProfileId: string;
  readonly signal: AbortSignal;
  readonly output: LiveOutput;
  readonly span: Span;
};

/**
 * One attempt: the input, the opened profile, the call that the job's kind asks for. What fails is an outcome; rejects
 * with the signal's reason when it aborts.
 */
export async function callProvider(
  deps: CallDeps,
  command: Command,
  { aiProfileId, signal, output, span }: CallSettings,
): Promise<AttemptOutcome> {
  try {
    const work = await loadWork(deps.nc, command);
    const opened = await deps.profiles.get(command.teamId, aiProfileId, command.requestId);
    signal.throwIfAborted();
    const context: CallContext = { command, opened, signal, output, span };
    switch (work.kind) {
      case 'chat':
      case 'structured':
        return await callChat(deps.schemas, work.input, context);
      case 'image':
        return await callImages(deps, work.input, context);
      case 'embedding':
        return await callEmbeddings(work.input, context);
    }
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    return { ok: false, failure: failureOf(cause), cause };
  }
}
