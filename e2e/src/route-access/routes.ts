import type { Scope } from '@sluice/contracts';
import type { People, Person } from './people.ts';
import {
  aFailedJob,
  aJob,
  aJobUnderWay,
  aMember,
  aModel,
  anApiToken,
  anImage,
  anInvite,
  aProfile,
  type MakeResource,
  type Resource,
  theTeam,
} from './resources.ts';

type Common = {
  /** The status of a request that is as it should be. */
  answers: number;
  /** What it sends; `by` is who asks. */
  body?: (resource: Resource, by: Person) => unknown;
};
export type OpenRoute = Common & { open: true };
export type GuardedRoute = Common & {
  open?: never;
  /** What an API token must be made for; left out where no API token is served. */
  scope?: Scope | 'any';
  /** Whether a member is refused who does not own the team. */
  owner?: true;
  /** Makes what the route is about; another team's is 404. Left out where the route is about no one thing. */
  of?: MakeResource;
  /** Makes one thing that is listed for its own team, and for no other. */
  lists?: MakeResource;
  /** Makes what the request needs to be served, of whatever team; no 404 follows from it. */
  holds?: MakeResource;
  /** Who asks, where the request costs them their session or needs somebody from outside; else an owner. */
  by?: (people: People, host: Person) => Promise<Person>;
};

const profile = () => ({ name: 'test', provider: 'openai', model: 'gpt-5-mini', apiKey: 'sk-demo-key-1234' });
const chat = ({ id }: Resource) => ({ aiProfileId: id, messages: [{ role: 'user', content: 'Hello' }] });
const structured = (about: Resource) => ({ ...chat(about), responseFormat: { type: 'json_object' } });
const job = ({ id }: Resource) => ({ kind: 'embedding', aiProfileId: id, input: { input: ['Hello'] } });
const v1Chat = ({ id }: Resource) => ({ model: id, messages: [{ role: 'user', content: 'Hello' }] });
const credentials = (_: Resource, { email, password }: Person) => ({ email, password });
const refreshToken = (_: Resource, by: Person) => ({ refreshToken: by.refreshToken });
const stranger = ({ owner }: People) => owner();
const member = ({ memberOf }: People, host: Person) => memberOf(host);

/** Every route of the API, with whom it serves. A route that is not here fails the test. */
export const ROUTES: Readonly<Record<string, OpenRoute | GuardedRoute>> = {
  'GET /healthz': { open: true, answers: 200 },
  'GET /readyz': { open: true, answers: 200 },
  'GET /.well-known/jwks.json': { open: true, answers: 200 },

  'POST /api/auth/register': {
    open: true,
    answers: 201,
    body: (_, { email, password }) => ({ email: `new.${email}`, password }),
  },
  'POST /api/auth/login': { open: true, answers: 200, body: credentials },
  'POST /api/auth/refresh': { open: true, answers: 200, body: refreshToken },
  'POST /api/auth/logout': { open: true, answers: 204, body: refreshToken },
  'POST /api/auth/logout-all': { answers: 204, by: stranger },
  'POST /api/auth/password': {
    answers: 200,
    by: stranger,
    body: (_, { password }) => ({ currentPassword: password, newPassword: `${password}-changed` }),
  },
  'GET /api/auth/me': { scope: 'any', answers: 200 },

  'POST /api/tokens': {
    owner: true,
    answers: 201,
    body: () => ({ name: 'test', scopes: ['jobs:read'] }),
  },
  'GET /api/tokens': { owner: true, lists: anApiToken, answers: 200 },
  'DELETE /api/tokens/{id}': { owner: true, of: anApiToken, answers: 204 },

  'GET /api/teams': { lists: theTeam, answers: 200 },
  'POST /api/teams': { answers: 201, body: () => ({ name: 'Second' }) },
  'PATCH /api/teams/{id}': { owner: true, of: theTeam, answers: 200, body: () => ({ name: 'Renamed' }) },
  'DELETE /api/teams/{id}': {
    owner: true,
    of: theTeam,
    by: stranger,
    answers: 200,
    body: (_, { email }) => ({ name: `${email.split('@')[0]}'s team` }),
  },
  'POST /api/teams/{id}/switch': { of: theTeam, answers: 200, body: () => ({}) },
  'POST /api/teams/{id}/leave': { of: theTeam, by: member, answers: 204 },
  'GET /api/teams/{id}/members': { of: theTeam, answers: 200 },
  'PATCH /api/teams/{id}/members/{userId}': {
    owner: true,
    of: aMember,
    answers: 200,
    body: () => ({ role: 'owner' }),
  },
  'DELETE /api/teams/{id}/members/{userId}': { owner: true, of: aMember, answers: 204 },
  'POST /api/teams/{id}/invites': { owner: true, of: theTeam, answers: 201, body: () => ({}) },
  'GET /api/teams/{id}/invites': { owner: true, of: theTeam, answers: 200 },
  'DELETE /api/teams/{id}/invites/{inviteId}': { owner: true, of: anInvite, answers: 204 },
  // A code is for whoever holds it, of any team: one that is unknown is as another team's.
  'POST /api/invites/accept': { by: stranger, holds: anInvite, answers: 200, body: ({ code }) => ({ code }) },
  'POST /api/invites/{code}/accept': { by: stranger, holds: anInvite, answers: 200 },

  'POST /api/ai-profiles': { scope: 'profiles:write', owner: true, answers: 201, body: profile },
  'GET /api/ai-profiles': { scope: 'profiles:read', lists: aProfile, answers: 200 },
  'GET /api/ai-profiles/{id}': { scope: 'profiles:read', of: aProfile, answers: 200 },
  'PATCH /api/ai-profiles/{id}': {
    scope: 'profiles:write',
    owner: true,
    of: aProfile,
    answers: 200,
    body: () => ({ name: 'changed' }),
  },
  'DELETE /api/ai-profiles/{id}': { scope: 'profiles:write', owner: true, of: aProfile, answers: 204 },
  'GET /api/keys/sealing': { scope: 'profiles:write', owner: true, answers: 200 },

  'POST /api/llm/chat': { scope: 'jobs:write', of: aProfile, answers: 202, body: chat },
  'POST /api/llm/structured-test': { scope: 'jobs:write', of: aProfile, answers: 202, body: structured },
  'POST /api/jobs': { scope: 'jobs:write', of: aProfile, answers: 202, body: job },
  'GET /api/jobs': { scope: 'jobs:read', lists: aJob, answers: 200 },
  'POST /api/jobs/{id}/cancel': { scope: 'jobs:write', of: aJobUnderWay, answers: 200 },
  'POST /api/jobs/{id}/retry': { scope: 'jobs:write', of: aFailedJob, answers: 202 },
  'POST /api/jobs/retry': { scope: 'jobs:write', answers: 202, body: () => ({ filter: {} }) },
  'DELETE /api/jobs/{id}': { scope: 'jobs:write', of: aJob, answers: 204 },
  'GET /api/jobs/{id}': { scope: 'jobs:read', of: aJob, answers: 200 },
  'GET /api/jobs/{id}/events': { scope: 'jobs:read', of: aJob, answers: 200 },

  'GET /api/files/{id}': { scope: 'jobs:read', of: anImage, answers: 200 },

  'POST /v1/chat/completions': { scope: 'jobs:write', of: aProfile, answers: 200, body: v1Chat },
  'POST /v1/embeddings': {
    scope: 'jobs:write',
    of: aProfile,
    answers: 200,
    body: ({ id }) => ({ model: id, input: 'Hello' }),
  },
  'GET /v1/models': { scope: 'profiles:read', lists: aModel, answers: 200 },
  'GET /v1/models/{model}': { scope: 'profiles:read', of: aModel, answers: 200 },

  // The entry that says of the profile that it was made.
  'GET /api/audit': { owner: true, lists: aProfile, answers: 200 },
};
