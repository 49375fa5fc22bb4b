import {
  AppError,
  type Command,
  type CommandOf,
  deltasSubject,
  type Finished,
  type Frame,
  finishedSchema,
  frameSchema,
  gatewaySubjects,
  getSealedProfile,
  type JobEvent,
  jobEventSchema,
  newId,
  PAYLOADS_BUCKET,
  type Piece,
  type Priority,
  pieceSchema,
  profileChangedSubject,
  type SealedProfile,
  subjectsOf,
  topologyOf,
} from '@sluice/contracts';
import { startDemoProvider } from '@sluice/demo-provider';
import {
  applyTopology,
  connect,
  jsonOf,
  publishGuarded,
  putObject,
  readSubject,
  serve,
} from '@sluice/messaging';
import { keyRing, originOf, seal } from '@sluice/sealing';
import { createLogger } from '@sluice/telemetry';
import { testNats } from '@sluice/testing';
import { type Runner, startRunner } from '../app.ts';
import { type Config, loadConfig } from '../config.ts';

/** How soon a lost job is given to another runner in these tests, in milliseconds. */
const LEASE_MS = 1500;
export const PROVIDER_KEY = 'demo-key-0123456789';
const ENCRYPTION_KEY = 'encryption key of the runner tests';

export type ProfileSettings = {
  model: string;
  baseUrl?: string;
  /** Sealed for another team: does not open. */
  sealedForOther?: boolean;
  fallbackProfileIds?: string[];
  pricing?: SealedProfile['pricing'];
  /** Default: PROVIDER_KEY. */
  apiKey?: string;
  /** Images go to a base URL of their own, with a key of their own. */
  image?: { model: string; baseUrl: string; apiKey: string };
};

/** Real NATS, a real provider over HTTP, and the runners' neighbours at the edge of NATS: auth and a gateway. */
export async function startHarness() {
  const { url, user, pass } = await testNats();
  const natsUrl = Object.assign(new URL(url), { username: user, password: pass }).href;
  const log = createLogger({ service: 'test', level: 'silent' });
  const nc = await connect({ url: natsUrl, name: 'harness' });
  await applyTopology(nc, topologyOf({ leaseMs: LEASE_MS, jobsMaxBytes: 64 << 20 }), { log });
  const provider = await startDemoProvider();
  const subjects = subjectsOf('jobs');
  const teamId = newId();
  const gatewayId = 'gateway1';
  const { current } = await keyRing(ENCRYPTION_KEY);
  const profiles = new Map<string, ProfileSettings>();
  let profileRequests = 0;

  const auth = serve(
    nc,
    'auth',
    getSealedProfile,
    async ({ teamId: team, profileId }) => {
      profileRequests += 1;
      const settings = profiles.get(profileId);
      if (!settings) throw new AppError('not_found', 'There is no such profile.');
      const baseUrl = settings.baseUrl ?? provider.url;
      const binding = {
        team: settings.sealedForOther ? newId() : team,
        profile: profileId,
        slot: 'chat' as const,
        provider: 'openai_compatible',
        origin: originOf(baseUrl),
      };
      return {
        id: profileId,
        teamId: team,
        name: 'test',
        provider: 'openai_compatible' as const,
        model: settings.model,
        baseUrl,
        keyHint: '6789',
        version: 1,
        createdAt: new Date().toISOString(),
        updatedAt: new Date().toISOString(),
        sealedKey: await seal(current, binding, settings.apiKey ?? PROVIDER_KEY),
        ...(settings.fallbackProfileIds && { fallbackProfileIds: settings.fallbackProfileIds }),
        ...(settings.pricing && { pricing: settings.pricing }),
        ...(settings.image && {
          image: {
            model: settings.image.model,
            baseUrl: settings.image.baseUrl,
            sealedKey: await seal(
              current,
              { ...binding, slot: 'image', origin: originOf(settings.image.baseUrl) },
              settings.image.apiKey,
            ),
          },
        }),
      };
    },
    { log },
  );

  const told = new Map<string, PromiseWithResolvers<Finished>>();
  const toldOf = (jobId: string) => {
    const known = told.get(jobId) ?? Promise.withResolvers<Finished>();
    told.set(jobId, known);
    return known;
  };
  nc.subscribe(gatewaySubjects.finished(gatewayId), {
    callback: (_error, msg) => {
      const finished = finishedSchema.parse(jsonOf(msg.data));
      toldOf(finished.jobId).resolve(finished);
    },
  });
  const frames: Frame[] = [];
  const watchers = new Set<() => void>();
  nc.subscribe(gatewaySubjects.frames(gatewayId), {
    callback: (_error, msg) => {
      frames.push(frameSchema.parse(jsonOf(msg.data)));
      for (const watcher of watchers) watcher();
    },
  });
  nc.subscribe('stored.jobs.>', {
    callback: () => {
      for (const watcher of watchers) watcher();
    },
  });

  const config = (overrides: Partial<Config> = {}): Config => ({
    ...loadConfig({
      NATS_URL: natsUrl,
      API_KEY_ENCRYPTION_KEY: ENCRYPTION_KEY,
      PROVIDER_ALLOWED_HOSTS: '127.0.0.1',
      JOB_LEASE_MS: String(LEASE_MS),
      RETRY_BASE_MS: '20',
      // All profiles of a test are one provider and one key.
      BREAKER_FAILURES: '1000',
    }),
    ...overrides,
  });
  const runners = new Set<Runner>();

  const harness = {
    nc,
    natsUrl,
    provider,
    subjects,
    teamId,
    frames,
    get profileRequests() {
      return profileRequests;
    },
    config,
    async runner(overrides: Partial<Config> = {}): Promise<Runner> {
      const runner = await startRunner(
        config(overrides),
        createLogger({ service: 'provider-runner', level: process.env['TEST_LOG'] ?? 'silent' }),
      );
      runners.add(runner);
      return runner;
    },
    profile(settings: ProfileSettings): string {
      const id = newId();
      profiles.set(id, settings);
      return id;
    },
    changeProfile(id: string, settings: ProfileSettings): Promise<void> {
      profiles.set(id, settings);
      nc.publish(
        profileChangedSubject(teamId, id),
        JSON.stringify({ v: 1, teamId, profileId: id, version: 2 }),
      );
      return nc.flush();
    },
    command(aiProfileId: string, overrides: Partial<CommandOf<'chat'>> = {}): Command {
      return {
        v: 1,
        jobId: newId(),
        teamId,
        userId: newId(),
        kind: 'chat',
        priority: 'interactive',
        aiProfileId,
        requestId: `request-${newId()}`,
        traceId: '0af7651916cd43dd8448eb211c80319c',
        gatewayId,
        at: new Date().toISOString(),
        deadlineAt: null,
        maxAttempts: 3,
        stream: false,
        input: { messages: [{ role: 'user', content: 'How are you?' }] },
        ...overrides,
      };
    },
    async request(command: Command): Promise<string> {
      await harness.publish(command.jobId, 'requested', command);
      return command.jobId;
    },
    /** Publishes a job's event as it is. */
    async publish(
      jobId: string,
      event: JobEvent['type'],
      body: object | string,
      priority: Priority = 'interactive',
    ) {
      await publishGuarded(nc, {
        stream: subjects.stream,
        subject: subjects.event(priority, teamId, jobId, event),
        body: typeof body === 'string' ? body : JSON.stringify(body),
        guard: { filter: subjects.end(teamId, jobId), sequence: 0 },
      });
    },
    store: (bytes: Uint8Array) => putObject(nc, PAYLOADS_BUCKET, newId(), bytes),
    /** What the gateway is told of a job's end. */
    finished: (jobId: string): Promise<Finished> => toldOf(jobId).promise,
    async events(jobId: string): Promise<JobEvent[]> {
      const stored = await readSubject(nc, subjects.stream, subjects.job(teamId, jobId));
      return stored.map(({ subject, sequence, json }) =>
        jobEventSchema.parse({ type: subjects.parse(subject)?.event, sequence, data: json() }),
      );
    },
    async types(jobId: string): Promise<string[]> {
      return (await harness.events(jobId)).map(({ type }) => type);
    },
    async pieces(jobId: string): Promise<Piece[]> {
      const stored = await readSubject(nc, 'DELTAS', deltasSubject(teamId, jobId));
      return stored.map((message) => pieceSchema.parse(message.json()));
    },
    /** Resolves once the condition holds; looked at after every frame, stored event and call of the provider. */
    async until(condition: () => boolean | Promise<boolean>): Promise<void> {
      for (;;) {
        const changed = Promise.withResolvers<void>();
        watchers.add(changed.resolve);
        if (await condition()) {
          watchers.delete(changed.resolve);
          return;
        }
        const look = setTimeout(changed.resolve, 20);
        await changed.promise;
        clearTimeout(look);
        watchers.delete(changed.resolve);
      }
    },
    calls: (label: string) => provider.calls.filter((call) => call.label === label),
    async stopRunners(): Promise<void> {
      const all = [...runners];
      runners.clear();
      await Promise.all(all.map((runner) => runner.stop()));
    },
    async close(): Promise<void> {
      await harness.stopRunners();
      await auth.stop();
      await provider.close();
      await nc.close();
    },
  };
  return harness;
}
export type Harness = Awaited<ReturnType<typeof startHarness>>;
