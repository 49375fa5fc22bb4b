import { randomUUID } from 'node:crypto';
import {
  type AuditItem,
  exportJobs,
  exportTeam,
  idSchema,
  listAudit,
  type ObjectRef,
  PAYLOADS_BUCKET,
  TEAM_PARTS,
} from '@sluice/contracts';
import { call, connect, getObject, type NatsConnection } from '@sluice/messaging';
import type { Command } from './command.ts';

const FIRST_CONNECT_MS = 10_000;

type Line = { readonly type: string; readonly data: unknown };

/** Writes what is held of a team as JSON Lines, keys, hashes and codes excluded; the audit log says that it was done. */
export const teamsExport: Command = {
  name: 'teams export',
  argument: 'teamId',
  summary: 'Prints what is held of a team as JSON Lines, without keys; the audit log says that it was done.',
  variables: ['NATS_URL                          nats://operator:password@host:4222, several with commas'],
  run: async (env, teamId) => {
    if (!idSchema.safeParse(teamId).success)
      throw new Error('Name the team by its id: sluice teams export <teamId>');
    const url = env['NATS_URL'];
    if (!url) throw new Error('NATS_URL is not set: it says where NATS is, as in nats://localhost:4222.');
    const nc = await connect({ url, name: 'operator', firstConnectMs: FIRST_CONNECT_MS });
    try {
      const lines: string[] = [];
      for await (const line of linesOf(nc, teamId)) lines.push(JSON.stringify(line));
      return lines.join('\n');
    } finally {
      await nc.close();
    }
  },
};

async function* linesOf(nc: NatsConnection, teamId: string): AsyncGenerator<Line> {
  const options = { requestId: randomUUID(), timeoutMs: 10_000 };
  for (const part of TEAM_PARTS) {
    yield* pages(async (cursor) => {
      const page = await call(nc, exportTeam, { teamId, part, ...cursor }, options);
      return { items: page.records, nextCursor: page.nextCursor };
    });
  }
  yield* pages(async (cursor) => {
    const page = await call(nc, listAudit, { teamId, query: { limit: 200, ...cursor } }, options);
    return { ...page, items: page.items.map((data: AuditItem) => ({ type: 'audit', data })) };
  });
  yield* pages(async (cursor) => {
    const page = await call(nc, exportJobs, { teamId, ...cursor }, options);
    const items: Line[] = [];
    for (const { job, input, inputRef, resultRef } of page.items) {
      const whole = {
        ...job,
        input: inputRef ? await stored(nc, inputRef) : (input ?? null),
        ...(resultRef && { result: await stored(nc, resultRef) }),
      };
      items.push({ type: 'job', data: whole });
    }
    return { items, nextCursor: page.nextCursor };
  });
}

async function* pages(
  read: (cursor: { cursor?: string }) => Promise<{ items: readonly Line[]; nextCursor: string | null }>,
): AsyncGenerator<Line> {
  let cursor: string | null | undefined;
  do {
    const page = await read(cursor ? { cursor } : {});
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** A large body; its reference where it has gone after its 24 hours. */
async function stored(nc: NatsConnection, reference: ObjectRef): Promise<unknown> {
  try {
    return JSON.parse(Buffer.from(await getObject(nc, PAYLOADS_BUCKET, reference)).toString()) as unknown;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'input_lost') return { gone: reference };
    throw error;
  }
}
