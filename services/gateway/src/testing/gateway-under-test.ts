import {
  AppError,
  createProfile,
  type Endpoint,
  getIdentity,
  getJob,
  getJwks,
  getProfile,
  type Jwks,
  listRevocations,
  type Profile,
  type Revocation,
  subjectsOf,
  topologyOf,
} from '@sluice/contracts';
import {
  applyTopology,
  callKeys,
  connect,
  createSharedCounters,
  type NatsConnection,
  type Serving,
  type SharedCounters,
  serve,
  stopServing,
} from '@sluice/messaging';
import { createLogger, type Logger } from '@sluice/telemetry';
import { testNats } from '@sluice/testing';
import type { z } from 'zod';
import { buildGateway } from '../app.ts';
import { type GatewayConfig, loadConfig } from '../config.ts';
import type { GatewayApp } from '../edge/gateway-app.ts';
import { createRevocations } from '../identity/revocations.ts';
import { createTokenKeys } from '../identity/token-keys.ts';
import { createProfileDirectory } from '../profiles/directory.ts';
import { type SigningKey, signedToken, signingKey } from './signed-token.ts';

/** A gateway over real NATS, with what other services answer given by the test at the message edge. */
export type GatewayUnderTest = {
  app: GatewayApp;
  nc: NatsConnection;
  framesNc: NatsConnection;
  key: SigningKey;
  /** What auth publishes; a test may change it. */
  jwks: Jwks;
  /** What auth lists as revoked; a test may change it. */
  revoked: Revocation[];
  /** How often auth was asked for its keys. */
  asked: { jwks: number };
  bearer: { authorization: string };
  lines: string[];
  counters: SharedCounters;
  answer<Request extends z.ZodType, Reply extends z.ZodType>(
    endpoint: Endpoint<Request, Reply>,
    handler: (request: z.output<Request>) => Promise<z.input<Reply>>,
  ): Serving;
  /** As if every other service were away. */
  stopAnswering(): Promise<void>;
  close(): Promise<void>;
};

export const PROFILE: Profile = {
  id: 'profile1',
  name: 'Default',
  provider: 'openai',
  model: 'gpt-5-mini',
  baseUrl: 'https://api.openai.com/v1',
  keyHint: 'abcd',
  version: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
};

/** Gateways that run at once answer one another's questions: give them the same `key`. */
export async function gatewayUnderTest(
  env: Record<string, string> = {},
  key: SigningKey = signingKey('key1'),
): Promise<GatewayUnderTest> {
  const login = await testNats();
  const config: GatewayConfig = loadConfig({ NODE_ENV: 'test', NATS_URL: login.url, ...env });
  const lines: string[] = [];
  const log = createLogger({
    service: 'gateway',
    level: 'debug',
    destination: { write: (line) => void lines.push(line) },
  });
  const nc = await connect({ ...login, name: 'gateway-test' });
  const framesNc = await connect({ ...login, name: 'gateway-test-frames' });
  await applyTopology(nc, topologyOf({ queue: config.queue }));

  const jwks: Jwks = { keys: [key.jwk] };
  const asked = { jwks: 0 };
  const revoked: Revocation[] = [];
  const servings: Serving[] = [];
  const secretKeys = await callKeys(['what the other services of a test keep to themselves']);
  const answer: GatewayUnderTest['answer'] = (endpoint, handler) => {
    const serving = serve(nc, 'test', endpoint, handler, { log: quiet(log), secretKeys });
    servings.push(serving);
    return serving;
  };
  answer(getJwks, async () => {
    asked.jwks += 1;
    return jwks;
  });
  answer(listRevocations, async () => ({ items: revoked, nextCursor: null }));
  await nc.flush();
  const tokens = createTokenKeys(nc);
  const revocations = createRevocations({ nc, log, tokens });
  await revocations.settled();
  const counters = createSharedCounters(nc, { log });
  const app = await buildGateway({
    config,
    nc,
    framesNc,
    subjects: subjectsOf(config.queue),
    gatewayId: 'gatewayundertest',
    log,
    profiles: createProfileDirectory({ nc, log }),
    tokens,
    counters,
    revocations,
  });
  await nc.flush();
  return {
    app,
    nc,
    framesNc,
    key,
    jwks,
    asked,
    revoked,
    bearer: { authorization: `Bearer ${signedToken(key)}` },
    lines,
    counters,
    answer,
    stopAnswering: () => stopServing(servings.splice(0)),
    async close() {
      await app.close();
      await counters.close();
      revocations.close();
      await stopServing(servings);
      await Promise.all([nc.close(), framesNc.close()]);
    },
  };
}

/** Auth and jobs as far as the edge needs them: one profile of `team1`, no job, and a fault on request. */
export function answerAsOthers(gateway: GatewayUnderTest): void {
  gateway.answer(getProfile, async ({ teamId, profileId }) => {
    if (teamId === 'team1' && profileId === PROFILE.id) return PROFILE;
    throw new AppError('not_found', 'no such profile');
  });
  gateway.answer(createProfile, async () => {
    throw new TypeError('the pool of secrets is empty');
  });
  gateway.answer(getJob, async () => {
    throw new AppError('not_found', 'Job not found.');
  });
  gateway.answer(getIdentity, async ({ userId, teamId }) => ({
    user: { id: userId, email: 'ada@example.com', createdAt: '2026-01-01T00:00:00.000Z' },
    team: { id: teamId, name: 'Analytical Engines', createdAt: '2026-01-01T00:00:00.000Z' },
    role: 'owner' as const,
    scopes: [],
  }));
}

/** What the stand-ins log is not the gateway's. */
function quiet(log: Logger): Logger {
  return log.child({}, { level: 'silent' });
}
