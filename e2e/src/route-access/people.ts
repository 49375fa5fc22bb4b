import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { SCOPES, type Scope } from '@sluice/contracts';
import type { Answer, Stack } from '@sluice/testing';

/** Somebody with a session in a team. */
export type Person = {
  token: string;
  refreshToken: string;
  userId: string;
  teamId: string;
  email: string;
  password: string;
};
export type People = ReturnType<typeof peopleOf>;

/** Makes users, members and API tokens, by Sluice's own API. */
export function peopleOf(stack: Stack) {
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  const done = async (status: number, asked: Promise<Answer<any>>): Promise<any> => {
    const answer = await asked;
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    return answer.body;
  };
  const post = (path: string, token: string, body?: unknown) =>
    stack.request('POST', path, { token, ...(body !== undefined && { body }) });
  const tokens = new Map<string, Promise<string>>();

  async function owner(): Promise<Person> {
    const email = `${randomBytes(6).toString('hex')}@example.com`;
    const password = randomBytes(9).toString('base64url');
    const { accessToken, refreshToken, user, team } = await done(
      201,
      stack.request('POST', '/api/auth/register', { body: { email, password } }),
    );
    return { token: accessToken, refreshToken, userId: user.id, teamId: team.id, email, password };
  }

  async function invite({ token, teamId }: Person): Promise<{ inviteId: string; code: string }> {
    const { id, code } = await done(201, post(`/api/teams/${teamId}/invites`, token, {}));
    return { inviteId: id, code };
  }

  /** A new user who has joined the team of somebody, with a session in that team. */
  async function memberOf(host: Person): Promise<Person> {
    const [joining, { code }] = await Promise.all([owner(), invite(host)]);
    await done(200, post('/api/invites/accept', joining.token, { code }));
    const { accessToken, refreshToken } = await done(
      200,
      post(`/api/teams/${host.teamId}/switch`, joining.token, { refreshToken: joining.refreshToken }),
    );
    return { ...joining, token: accessToken, refreshToken, teamId: host.teamId };
  }

  /** An API token with these scopes; the same one each time. */
  function apiToken(by: Person, scopes: readonly Scope[]): Promise<string> {
    const key = `${by.userId} ${scopes.join(' ')}`;
    const known = tokens.get(key);
    if (known !== undefined) return known;
    const made = done(201, post('/api/tokens', by.token, { name: 'test', scopes })).then(
      ({ token }) => token as string,
    );
    tokens.set(key, made);
    return made;
  }

  return {
    stack,
    done,
    post,
    owner,
    invite,
    memberOf,
    apiToken,
    /** An API token with every scope but one. */
    apiTokenWithout: (by: Person, scope: Scope | undefined) =>
      apiToken(
        by,
        SCOPES.filter((one) => one !== scope),
      ),
  };
}
