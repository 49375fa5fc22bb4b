import { listProfiles, type Profile } from '@sluice/contracts';
import { call } from '@sluice/messaging';
import { z } from 'zod';
import { describeRoute } from '../edge/describe-route.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import type { StreamingDeps } from '../live/live-parts.ts';
import { createdOf } from './completion.ts';
import { OPENAI_ERROR, openAiAnswer } from './describe-openai.ts';
import { namedModel } from './submit.ts';

/** The most that one request to auth may list. */
const PAGE = 200;

/** `GET /v1/models` and `GET /v1/models/:model`: a team's profiles as models. */
export function modelsRoutes(app: GatewayApp, deps: StreamingDeps): void {
  app.get(
    '/v1/models',
    describeRoute({
      summary: "The team's profiles as models of the OpenAI API",
      tag: 'openai',
      access: { scope: 'profiles:read' },
      answers: { 200: openAiAnswer('every profile by its name, or by its id where the name is not unique') },
      ...OPENAI_ERROR,
    }),
    async (request) => {
      const profiles = await allProfiles(deps, request.identity.teamId, request.id);
      const times = new Map<string, number>();
      for (const { name } of profiles) times.set(name, (times.get(name) ?? 0) + 1);
      const data = profiles.map((profile) =>
        modelOf(times.get(profile.name) === 1 ? profile.name : profile.id, profile),
      );
      return { object: 'list', data };
    },
  );

  app.get(
    '/v1/models/:model',
    describeRoute({
      summary: 'One profile as a model of the OpenAI API',
      tag: 'openai',
      access: { scope: 'profiles:read' },
      params: z.object({ model: z.string() }),
      answers: { 200: openAiAnswer('the model; a slash in its name is sent as %2F') },
      ...OPENAI_ERROR,
    }),
    async (request) => {
      const { model } = request.params;
      const { profile } = await namedModel(deps, request, model);
      return modelOf(model, profile);
    },
  );
}

async function allProfiles(
  { nc }: Pick<StreamingDeps, 'nc'>,
  teamId: string,
  requestId: string,
): Promise<Profile[]> {
  const all: Profile[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: PAGE, ...(cursor !== undefined && { cursor }) };
    const page = await call(nc, listProfiles, { teamId, query }, { requestId });
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}

function modelOf(id: string, { createdAt, provider }: Profile): object {
  return { id, object: 'model', created: createdOf(createdAt), owned_by: provider };
}
