import { AppError, type Job, type JobInput, type JobSettings } from '@sluice/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cancelAbandoned } from '../jobs/cancel-abandoned.ts';
import type { RequestedJob } from '../jobs/request-job.ts';
import { commandOf, requestAndWait, requestFor } from '../jobs/submit-job.ts';
import { endedJob } from '../jobs/whole-job.ts';
import type { StreamingDeps } from '../live/live-parts.ts';
import { streamOwnJob, streamWatchedJob } from '../live/stream-job.ts';
import type { NamedModel } from '../profiles/directory.ts';
import { openChunkStream } from './chunk-stream.ts';
import { jobFailure } from './job-failure.ts';
import type { OpenAiErrorAnswer } from './openai-error.ts';

/** No job lives longer, and its client waits for as long as it wants to. In milliseconds. */
const LONGEST_JOB_MS = 24 * 3600 * 1000;
/** A connection on which only an answer is waited for is kept open through what forgets silent ones (NAT). */
const TCP_KEEP_ALIVE_MS = 30_000;
/** Of a provider's model, in UTF-16 units. */
const LONGEST_MODEL = 200;

/** What a route of this API makes of its body. */
export type DoorRequest = {
  readonly route: string;
  readonly named: NamedModel;
  readonly work: JobInput;
  /** The job goes on when its client leaves. */
  readonly store: boolean;
  readonly metadata?: JobSettings['metadata'];
};

/** The profile that `model` names. Errors: not_found, conflict, validation_failed, unavailable. */
export async function namedModel(
  { profiles }: Pick<StreamingDeps, 'profiles'>,
  request: FastifyRequest,
  model: string,
): Promise<NamedModel> {
  const named = await profiles.resolve(request.identity.teamId, model, request.id).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
    const message = `The model ${model} does not exist: no AI profile of this team has this name or id.`;
    throw new AppError('not_found', message, { details: [{ path: 'model', message: 'names no profile' }] });
  });
  if ((named.override?.length ?? 0) <= LONGEST_MODEL) return named;
  const message = `must name a model of at most ${LONGEST_MODEL} characters behind the profile`;
  throw new AppError('validation_failed', `model ${message}`, { details: [{ path: 'model', message }] });
}

/** Every answer names the job, also one that says that it may not have been stored. */
function commandFor(
  deps: StreamingDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { route, named, work, metadata }: DoorRequest,
  stream: boolean,
) {
  const { profile, override } = named;
  const settings = { aiProfileId: profile.id, ...(metadata && { metadata }) };
  // With what is asked for, so that another request under the same key is told apart.
  const body = { ...settings, work, model: override };
  const command = commandOf(deps, request, { route, body, work, model: override }, stream);
  reply.header('x-sluice-job-id', command.jobId);
  return command;
}

/** Makes a job and waits for its end. Undefined when the client has left, or the failure was answered. */
export async function answerWhole(
  deps: StreamingDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: DoorRequest,
): Promise<Job | undefined> {
  const command = commandFor(deps, request, reply, asked, false);
  request.raw.socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
  const bound = { waitMs: LONGEST_JOB_MS, leaving: leavingOf(asked) };
  const { requested, finished } = await requestAndWait(deps, request, reply, command, bound);
  announce(reply, requested);
  if (!finished) {
    // Nobody is there to be answered.
    reply.hijack();
    reply.raw.destroy();
    return undefined;
  }
  const job = await endedJob(deps, requested, finished, request.id);
  if (job.status === 'completed' && job.result) return job;
  refuse(reply, jobFailure(job));
  return undefined;
}

/** Makes a job and streams its output. */
export async function answerStreamed(
  deps: StreamingDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { includeUsage, ...asked }: DoorRequest & { readonly includeUsage: boolean },
): Promise<void> {
  const command = commandFor(deps, request, reply, asked, true);
  const own = streamOwnJob(deps, command);
  const requested = await requestFor(own, deps, request, command);
  announce(reply, requested);
  const { jobId, teamId, at: createdAt } = requested.command;
  const model = asked.named.override ?? asked.named.profile.model;
  const stream = openChunkStream(reply, { jobId, createdAt, model, includeUsage });
  if (requested.replayed) {
    own.abandon();
    const watched = { teamId, jobId, requestId: request.id, from: null, open: () => stream };
    await streamWatchedJob(deps, reply, watched);
  } else {
    await own.open(reply, requested, stream);
    const unseen = stream.left || stream.abandoned;
    if (unseen && leavingOf(asked) === 'cancel') await cancelAbandoned(deps, command);
  }
  if (stream.refusal) refuse(reply, stream.refusal);
  else if (!reply.sent) reply.hijack();
}

const leavingOf = ({ store }: DoorRequest) => (store ? ('continue' as const) : ('cancel' as const));

function announce(reply: FastifyReply, { command, replayed }: RequestedJob): void {
  reply.header('x-sluice-job-id', command.jobId);
  if (replayed) reply.header('idempotent-replayed', 'true');
}

function refuse(reply: FastifyReply, { status, headers, body }: OpenAiErrorAnswer): void {
  // The schemas of the routes are of their good answers.
  reply.code(status).headers(headers).type('application/json; charset=utf-8').send(body);
}
