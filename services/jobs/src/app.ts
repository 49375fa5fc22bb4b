import {
  cancelJob,
  deleteJob,
  deleteTeamJobs,
  exportJobs,
  getJob,
  getJobHistory,
  listAudit,
  listJobs,
  retryJob,
  retryJobs,
  subjectsOf,
} from '@sluice/contracts';
import { connect, type Log, serve, stopServing } from '@sluice/messaging';
import { MongoClient } from 'mongodb';
import { auditCollection } from './audit/audit-document.ts';
import { startAuditProjector } from './audit/audit-projector.ts';
import { answerAudit } from './audit/list-audit.ts';
import type { Config } from './config.ts';
import { answerCancel } from './jobs/cancel-job.ts';
import { answerDelete } from './jobs/delete-job.ts';
import { answerGet } from './jobs/get-job.ts';
import { jobsCollection } from './jobs/job-document.ts';
import { answerHistory } from './jobs/job-history.ts';
import { answerList } from './jobs/list-jobs.ts';
import { startProjector } from './jobs/projector.ts';
import { answerRetry } from './jobs/retry-job.ts';
import { answerRetryMany } from './jobs/retry-jobs.ts';
import { startSweeper } from './sweeper/sweeper.ts';
import { answerDeleteTeam } from './teams/delete-team.ts';
import { deletedTeamsCollection } from './teams/deleted-teams.ts';
import { answerExport } from './teams/export-jobs.ts';
import { startSweeping } from './teams/sweep-deleted-teams.ts';

const QUEUE_GROUP = 'jobs';

/** How long MongoDB is looked for, in milliseconds: queries then go on without it, and a batch waits. */
const MONGO_SELECTION_MS = 2_000;

/**
 * Starts the projectors and answers `jobs-api.*`. Does not wait for MongoDB: without it the jobs of the last 24 h are
 * still answered one by one, and the projectors catch up when it is there. Throws AppError `unavailable` when NATS
 * cannot be reached.
 */
export async function startJobs(
  config: Pick<Config, 'databaseUrl' | 'databaseCaFile' | 'natsUrl' | 'natsTls' | 'queue'>,
  { log }: { log: Log },
): Promise<{ stop(): Promise<void> }> {
  const client = new MongoClient(config.databaseUrl, {
    appName: 'sluice-jobs',
    ...(config.databaseCaFile ? { tls: true, tlsCAFile: config.databaseCaFile } : {}),
    serverSelectionTimeoutMS: MONGO_SELECTION_MS,
  });
  const nc = await connect({ url: config.natsUrl, natsTls: config.natsTls, name: 'jobs', log });
  const db = client.db();
  const now = () => new Date();
  const deps = { nc, jobs: jobsCollection(db), subjects: subjectsOf(config.queue), log, now };
  const teamDeps = { ...deps, deletedTeams: deletedTeamsCollection(db) };
  const auditDeps = { nc, audit: auditCollection(db), log };
  const servings = [
    serve(nc, QUEUE_GROUP, getJob, (request) => answerGet(deps, request), { log }),
    serve(nc, QUEUE_GROUP, cancelJob, (request, { requestId }) => answerCancel(deps, request, requestId), {
      log,
    }),
    serve(nc, QUEUE_GROUP, deleteJob, (request, { requestId }) => answerDelete(deps, request, requestId), {
      log,
    }),
    serve(nc, QUEUE_GROUP, retryJob, (request, { requestId }) => answerRetry(deps, request, requestId), {
      log,
    }),
    serve(nc, QUEUE_GROUP, retryJobs, (request, { requestId }) => answerRetryMany(deps, request, requestId), {
      log,
    }),
    serve(nc, QUEUE_GROUP, getJobHistory, (request) => answerHistory(deps, request), { log }),
    serve(nc, QUEUE_GROUP, listJobs, (request) => answerList(deps, request), { log }),
    serve(nc, QUEUE_GROUP, listAudit, (request) => answerAudit(auditDeps, request), { log }),
    serve(nc, QUEUE_GROUP, exportJobs, (request) => answerExport(deps, request), { log }),
    serve(
      nc,
      QUEUE_GROUP,
      deleteTeamJobs,
      (request, { requestId }) => answerDeleteTeam(teamDeps, request, requestId),
      { log },
    ),
  ];
  const loops = [
    startProjector(deps),
    startAuditProjector(auditDeps),
    startSweeping(teamDeps),
    startSweeper(deps),
  ];
  await nc.flush();

  return {
    stop: async () => {
      await Promise.all([...loops.map((loop) => loop.stop()), stopServing(servings)]);
      await nc.drain();
      await client.close();
    },
  };
}
