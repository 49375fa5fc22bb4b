import { auditItemSchema, auditQuerySchema, listAudit } from '@sluice/contracts';
import { call } from '@sluice/messaging';
import { z } from 'zod';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';

/** `GET /api/audit`: owners see who did what in their team. */
export function auditRoutes(app: GatewayApp, { nc }: Pick<GatewayDeps, 'nc'>): void {
  app.get(
    '/api/audit',
    describeRoute({
      summary: "The team's audit log, newest first",
      description:
        'Who changed the team, a member, an invite, a profile or a token, from which address, by which request. ' +
        '`outcome` is `unknown` where the service ended between writing the entry and making the change. ' +
        '`actor` finds a user, a token or `operator`; `from` is included, `to` is not.',
      tag: 'audit',
      access: { role: 'owner' },
      query: auditQuerySchema,
      answers: {
        200: {
          description: 'a page; `nextCursor` is null on the last one',
          schema: z.object({ items: z.array(auditItemSchema), nextCursor: z.string().nullable() }),
        },
      },
    }),
    (request) => {
      const { teamId } = request.identity;
      return call(nc, listAudit, { teamId, query: request.query }, { requestId: request.id });
    },
  );
}
