import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, subjectsOf, topologyOf } from '@sluice/contracts';
import { applyTopology, connect, type Log, publishStored } from '@sluice/messaging';
import { testMongoUrl, testNats } from '@sluice/testing';
import { MongoClient } from 'mongodb';
import { type JobCollection, jobsCollection } from '../job-document.ts';
import type { Written } from './job-life.ts';

export type LogLine = { level: string; fields: Record<string, unknown>; message: string };

/** A log that keeps its lines. */
export function keptLog(): Log & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields: { ...fields }, message });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/**
 * What the tests of a file share: a queue with its own streams (each queue name of a file gives fresh ones), the
 * collection, and ways to publish and to wait.
 */
export async function openWorld(queue = 'jobs') {
  const { url, user, pass } = await testNats();
  const nats = new URL(url);
  nats.username = user;
  nats.password = pass;
  const natsUrl = nats.href;
  const databaseUrl = await testMongoUrl();
  const log = keptLog();
  const nc = await connect({ url: natsUrl, name: 'jobs-test' });
  await applyTopology(nc, topologyOf({ queue, jobsMaxBytes: 256 * 1024 * 1024 }), { log });
  const client = new MongoClient(databaseUrl);
  const jobs: JobCollection = jobsCollection(client.db());
  const subjects = subjectsOf(queue);

  const publish = async ({ priority, teamId, jobId }: Command, { type, body }: Written): Promise<number> => {
    const subject = subjects.event(priority, teamId, jobId, type);
    return (await publishStored(nc, { subject, body: JSON.stringify(body) })).sequence;
  };
  return {
    config: { databaseUrl, natsUrl, queue },
    nc,
    jobs,
    subjects,
    log,
    publish,
    /** Publishes one after the other; the sequence of the first. */
    publishAll: async (command: Command, life: readonly Written[]): Promise<number> => {
      const sequences: number[] = [];
      for (const written of life) sequences.push(await publish(command, written));
      return sequences[0] ?? 0;
    },
    close: async () => {
      await client.close();
      await nc.close();
    },
  };
}

/** Asks until the answer is there; the test's own time limit ends it. */
export async function until<T>(ask: () => Promise<T | null | undefined | false>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    await sleep(10);
  }
}
