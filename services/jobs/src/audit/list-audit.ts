import { AppError, type listAudit } from '@sluice/contracts';
import { type Filter, MongoError } from 'mongodb';
import type { z } from 'zod';
import { decodeCursor, encodeCursor } from '../jobs/list-cursor.ts';
import type { AuditCollection, AuditDocument } from './audit-document.ts';

type Query = z.output<typeof listAudit.request>['query'];

const LIST_BOUND_MS = 4_000;

/**
 * Answers `jobs-api.audit`. An entry is 2 KB at most but for its details, which auth writes itself: a page of 200
 * fits a message. Throws AppError `validation_failed` for a bad cursor, `unavailable` without MongoDB.
 */
export async function answerAudit(
  { audit }: { audit: AuditCollection },
  { teamId, query }: z.output<typeof listAudit.request>,
): Promise<z.input<typeof listAudit.reply>> {
  const { limit } = query;
  const filter = filterOf(teamId, query);
  const found = await audit
    .find(filter, { sort: { at: -1, _id: -1 }, limit: limit + 1, timeoutMS: LIST_BOUND_MS })
    .toArray()
    .catch((cause: unknown) => {
      if (!(cause instanceof MongoError)) throw cause;
      throw new AppError('unavailable', 'The audit log cannot be read at the moment; try again.', { cause });
    });
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return {
    items: page.map(({ _id: id, at, teamId: _, ...rest }) => ({ id, at: at.toISOString(), ...rest })),
    nextCursor: last ? encodeCursor({ createdAt: last.at, jobId: last._id }) : null,
  };
}

function filterOf(teamId: string, query: Query): Filter<AuditDocument> {
  const { action, actor, target, from, to, cursor } = query;
  const before = cursor === undefined ? undefined : decodeCursor(cursor);
  const either: Filter<AuditDocument>[][] = [];
  if (actor === 'operator') either.push([{ actor }]);
  else if (actor) either.push([{ 'actor.userId': actor }, { 'actor.tokenId': actor }]);
  if (before) {
    const { createdAt: at, jobId: entryId } = before;
    either.push([{ at: { $lt: at } }, { at, _id: { $lt: entryId } }]);
  }
  return {
    teamId,
    ...(action && { action }),
    ...(target && { 'target.id': target }),
    at: { $gte: from ? new Date(from) : new Date(0), ...(to && { $lt: new Date(to) }) },
    ...(either.length > 0 && { $and: either.map(($or) => ({ $or })) }),
  };
}
