import * as audit from './audit/api.v1.ts';
import * as auth from './auth/api.v1.ts';
import * as apiTokens from './auth/api-tokens.v1.ts';
import * as revocations from './auth/revocations.v1.ts';
import type { Caller, Endpoint } from './endpoint.ts';
import * as jobs from './jobs/api.v1.ts';
import * as profiles from './profiles/api.v1.ts';
import * as keys from './profiles/keys.v1.ts';
import * as rotation from './profiles/rotation.v1.ts';
import * as teams from './teams/api.v1.ts';
import * as teamDeletion from './teams/deletion.v1.ts';
import * as teamExport from './teams/export.v1.ts';

/** Whether something that a contract exports is an endpoint. */
export const isEndpoint = (value: unknown): value is Endpoint =>
  typeof value === 'object' && value !== null && 'subject' in value && 'callers' in value;

/** Every endpoint of Sluice. What is not in it nobody may ask. A module that defines endpoints is named here. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...[apiTokens, audit, auth, jobs, keys, profiles, revocations, rotation, teamDeletion, teamExport, teams],
].flatMap((contract) => Object.values(contract).filter(isEndpoint));

/** Who answers the endpoints that begin with this token. */
const ANSWERERS: Readonly<Record<string, Caller>> = { auth: 'auth', 'jobs-api': 'jobs' };

/** The service that answers an endpoint. Throws for a first token that no service has. */
export const answererOf = ({ subject }: Pick<Endpoint, 'subject'>): Caller => {
  const answerer = ANSWERERS[subject.split('.', 1)[0] ?? ''];
  if (!answerer) throw new Error(`no service answers ${subject}`);
  return answerer;
};
