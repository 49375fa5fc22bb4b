import type { Run } from './use-everything.ts';
import { PROVIDER } from './use-profiles.ts';

/** Invites, joins, switches; founds a team with a key of its own and deletes it. */
export async function useTeams(run: Run, token: string, teamId: string): Promise<void> {
  const { stack, ask, done, made, secret, session } = run;
  const invite = async (name: string): Promise<string> => {
    const { code } = await done(201, 'POST', `/api/teams/${teamId}/invites`, { token });
    return secret(name, code);
  };
  const body = { email: 'other@example.com', password: made('password of another user') };
  const other = session('other', await done(201, 'POST', '/api/auth/register', { body }));
  const code = await invite('invite code');
  await ask('POST', `/api/invites/${code}x/accept`, { token: other });
  await done(200, 'POST', `/api/invites/${code}/accept`, { token: other });
  const again = { token: other, body: { code: await invite('second invite code') } };
  await done(409, 'POST', '/api/invites/accept', again);
  session('switched', await done(200, 'POST', `/api/teams/${teamId}/switch`, { token: other }));

  const name = 'Founded to be deleted';
  const { id } = await done(201, 'POST', '/api/teams', { token: other, body: { name } });
  const founder = session('founder', await done(200, 'POST', `/api/teams/${id}/switch`, { token: other }));
  const where = { provider: PROVIDER, model: 'demo', baseUrl: stack.providerUrl };
  const profile = { ...where, name: 'last', apiKey: made('key of a deleted team') };
  await done(201, 'POST', '/api/ai-profiles', { token: founder, body: profile });
  const scopes = ['jobs:read'];
  const machine = await done(201, 'POST', '/api/tokens', { token: founder, body: { name, scopes } });
  secret('API token of a deleted team', machine.token);
  await ask('DELETE', `/api/teams/${id}`, { token: founder, body: { name: 'Another' } });
  await done(200, 'DELETE', `/api/teams/${id}`, { token: founder, body: { name } });
  await ask('GET', '/api/jobs', { token: machine.token });
  await ask('GET', '/api/jobs', { token: founder });
}
