import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Answer, RequestOptions, Stack } from '@sluice/testing';
import type { Evidence } from './evidence.ts';
import { useJobs } from './use-jobs.ts';
import { operate } from './use-operator.ts';
import { useProfiles } from './use-profiles.ts';
import { useSessions } from './use-sessions.ts';
import { useTeams } from './use-teams.ts';
import { useApiTokens } from './use-tokens.ts';

/** Random, and long enough that none of it stands anywhere by chance. */
const marked = (): string => `Marked-${randomBytes(18).toString('base64url')}`;

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Anything = any;

/** A run under way. */
export type Run = {
  readonly stack: Stack;
  /** Remembers a secret by the name under which a leak is reported, and returns it. */
  secret(name: string, value: unknown): string;
  /** A new secret. */
  made(name: string): string;
  found(evidence: Evidence): void;
  /** Asks the gateway; bodies of errors are evidence. */
  ask(method: string, path: string, options?: RequestOptions): Promise<Answer<Anything>>;
  /** The same, and it must be answered with this status. */
  done(status: number, method: string, path: string, options?: RequestOptions): Promise<Anything>;
  /** Remembers both tokens of a session; returns the access token. */
  session(name: string, body: Anything): string;
};

/** The id of the last request of all. */
export const LAST_REQUEST = 'the-last-request';

/** Everything that takes or gives a secret, done right and done wrong. */
export async function useEverything(stack: Stack, secret: Run['secret'], found: Run['found']): Promise<void> {
  const ask: Run['ask'] = async (method, path, options = {}) => {
    const answer = await stack.request(method, path, options);
    if (answer.status >= 400) {
      found({ source: `the body of an error ${answer.status}`, text: JSON.stringify(answer.body) });
    }
    return answer;
  };
  const run: Run = {
    ...{ stack, secret, found, ask },
    made: (name) => secret(name, marked()),
    async done(status, method, path, options) {
      const answer = await ask(method, path, options);
      assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    session(name, body) {
      secret(`${name} refresh token`, body.refreshToken);
      return secret(`${name} access token`, body.accessToken);
    },
  };

  const { token, teamId } = await useSessions(run);
  const profileId = await useProfiles(run, token, teamId);
  await useJobs(run, token, profileId);
  await useApiTokens(run, token, profileId);
  await useTeams(run, token, teamId);
  await operate(run, token, teamId);

  await ask('GET', '/api/audit', { token });
  await ask('POST', '/api/auth/logout-all', { token });
  await ask('GET', '/api/auth/me', { token, headers: { 'x-request-id': LAST_REQUEST } });
}
