import { getSealingKey, sealingKeySchema, sealingQuerySchema } from '@sluice/contracts';
import { call } from '@sluice/messaging';
import type { GatewayDeps } from '../deps.ts';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { actorOf } from '../identity/identity.ts';

/** `GET /api/keys/sealing`. */
export function sealingKeyRoute(app: GatewayApp, { nc }: Pick<GatewayDeps, 'nc'>): void {
  app.get(
    '/api/keys/sealing',
    describeRoute({
      summary: 'What a client needs to seal a provider key itself',
      description:
        'The public key of the runners, and a profile id that is reserved for an hour; with `profileId` the id of that profile instead, to give it a new key. docs/profiles.md shows how to seal.',
      tag: 'ai-profiles',
      access: { scope: 'profiles:write', role: 'owner' },
      query: sealingQuerySchema,
      answers: {
        200: {
          description: 'key, suite and profile id',
          schema: sealingKeySchema.meta({ id: 'SealingKey' }),
        },
      },
      refusals: [404],
    }),
    (request) => {
      const { query, id: requestId } = request;
      return call(nc, getSealingKey, { actor: actorOf(request), query }, { requestId });
    },
  );
}
