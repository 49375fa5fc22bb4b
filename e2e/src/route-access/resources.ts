import type { People, Person } from './people.ts';

/** What a route is about: the parameters of its path, and what its body names. */
export type Resource = Readonly<Record<string, string>>;
export type MakeResource = (people: People, host: Person) => Promise<Resource>;

/** Makes one thing of the team of `host`. */
export const aProfile: MakeResource = async ({ stack }, host) => ({
  id: await stack.createProfile(host.token),
});

/** The same, as the OpenAI-compatible routes name it. */
export const aModel: MakeResource = async (people, host) => {
  const { id = '' } = await aProfile(people, host);
  return { model: id };
};

/** A job that has ended. */
export const aJob: MakeResource = async (people, host) => {
  const { id: aiProfileId } = await aProfile(people, host);
  const body = { aiProfileId, messages: [{ role: 'user', content: 'Hello' }] };
  const headers = { prefer: 'wait=20' };
  const asked = people.stack.request('POST', '/api/llm/chat', { token: host.token, body, headers });
  const { id } = await people.done(200, asked);
  return { id };
};

/** A job that has failed. */
export const aFailedJob: MakeResource = async (people, host) => {
  const aiProfileId = await people.stack.createProfile(host.token, 'demo?status=400');
  const body = { aiProfileId, messages: [{ role: 'user', content: 'Hello' }] };
  const headers = { prefer: 'wait=20' };
  const asked = people.stack.request('POST', '/api/llm/chat', { token: host.token, body, headers });
  const { id } = await people.done(200, asked);
  return { id };
};

/** A job that takes some seconds. */
export const aJobUnderWay: MakeResource = async (people, host) => {
  const aiProfileId = await people.stack.createProfile(host.token, 'demo?delay=5000');
  const body = { aiProfileId, messages: [{ role: 'user', content: 'Hello' }] };
  const asked = people.stack.request('POST', '/api/llm/chat', { token: host.token, body });
  const { id } = await people.done(202, asked);
  return { id };
};

/** The image of a job that has ended. */
export const anImage: MakeResource = async (people, host) => {
  const { id: aiProfileId } = await aProfile(people, host);
  const body = { kind: 'image', aiProfileId, input: { prompt: 'A fox' } };
  const headers = { prefer: 'wait=20' };
  const asked = people.stack.request('POST', '/api/jobs', { token: host.token, body, headers });
  const { result } = await people.done(200, asked);
  return { id: result.images[0].id };
};

export const anApiToken: MakeResource = async (people, host) => {
  const { id } = await people.done(
    201,
    people.post('/api/tokens', host.token, { name: 'test', scopes: ['jobs:read'] }),
  );
  return { id };
};

export const theTeam: MakeResource = async (_people, host) => ({ id: host.teamId });

export const anInvite: MakeResource = async (people, host) => ({
  id: host.teamId,
  ...(await people.invite(host)),
});

export const aMember: MakeResource = async (people, host) => {
  const { userId } = await people.memberOf(host);
  return { id: host.teamId, userId };
};
