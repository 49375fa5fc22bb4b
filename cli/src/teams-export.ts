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
import { call, getObject, type NatsConnection } from '@sluice/messaging';
import type { Command } from './command.ts';
import { natsVariables, withNats } from './nats-connection.ts';

type Line = { readonly type: string; readonly data: unknown };

/** Writes what is held of a team as JSON Lines, keys, hashes and codes excluded; the audit log says that it was done. */
export const teamsExport: Command = {
  name: 'teams export',
  argument: 'teamId',
  summary: 'Prints what is held of a team as JSON Lines, without keys; the audit log says that it was done.',
  variables: natsVariables('operator'),
  run: async (env, teamId, print) => {
    if (!idSchema.safeParse(teamId).success)
      throw new Error('Name the team by its id: sluice teams export <teamId>');
    // Line by line: a team may have more than fits in memory.
    await withNats(env, 'operator', async (nc) => {
      for await (const line of linesOf(nc, teamId)) await print(JSON.stringify(line));
    });
    return null;
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
