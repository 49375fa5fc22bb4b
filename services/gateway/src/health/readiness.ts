import {
  CONSUMERS,
  DELTAS_STREAM,
  type Endpoint,
  getJwks,
  PAYLOADS_BUCKET,
  type Subjects,
} from '@sluice/contracts';
import { call, jsonOf, type NatsConnection } from '@sluice/messaging';
import type { Revocations } from '../identity/revocations.ts';

/** One thing that the gateway cannot work without; resolves when it is there, rejects with why it is not. */
export type Check = { readonly name: string; run(requestId: string): Promise<unknown> };

const CHECK_MS = 2_000;

export type ReadinessDeps = {
  nc: NatsConnection;
  framesNc: NatsConnection;
  subjects: Subjects;
  revocations: Revocations;
};

/** NATS on both connections, the streams and the runners' consumers, auth, and what it revoked. */
export function readinessChecks({ nc, framesNc, subjects, revocations }: ReadinessDeps): Check[] {
  const { stream } = subjects;
  return [
    { name: 'nats', run: () => nc.flush() },
    { name: 'nats (frames)', run: () => framesNc.flush() },
    ...[stream, DELTAS_STREAM, `OBJ_${PAYLOADS_BUCKET}`].map((name) =>
      exists(nc, `stream ${name}`, 'STREAM', name),
    ),
    ...[CONSUMERS.interactive, CONSUMERS.batch].map((name) =>
      exists(nc, `consumer ${stream}/${name}`, 'CONSUMER', `${stream}.${name}`),
    ),
    answers(nc, 'auth', getJwks),
    { name: 'revocations', run: () => known(revocations) },
  ];
}

/** What is not ready, with why; empty when the gateway can work. Each check has two seconds. */
export async function findFaults(
  checks: readonly Check[],
  requestId: string,
  boundMs = CHECK_MS,
): Promise<{ name: string; reason: string }[]> {
  const faults = await Promise.all(
    checks.map(async ({ name, run }) => {
      const bound = Promise.withResolvers<never>();
      const timer = setTimeout(() => bound.reject(new Error(`no answer in ${boundMs} ms`)), boundMs);
      try {
        await Promise.race([run(requestId), bound.promise]);
        return [];
      } catch (error) {
        return [{ name, reason: error instanceof Error ? error.message : String(error) }];
      } finally {
        clearTimeout(timer);
      }
    }),
  );
  return faults.flat();
}

/** By JetStream's own API, which answers with `error` when there is no such thing. */
function exists(nc: NatsConnection, name: string, kind: 'STREAM' | 'CONSUMER', path: string): Check {
  return {
    name,
    async run() {
      const reply = await nc.request(`$JS.API.${kind}.INFO.${path}`, '', { timeout: CHECK_MS });
      const { error } = jsonOf(reply.data) as { error?: { description?: string } };
      if (error) throw new Error(error.description ?? 'does not exist');
    },
  };
}

async function known(revocations: Revocations): Promise<void> {
  if (!revocations.current) throw new Error('revoked tokens have not been read from auth');
}

function answers(nc: NatsConnection, name: string, endpoint: Endpoint): Check {
  return { name, run: (requestId) => call(nc, endpoint, {}, { requestId, timeoutMs: CHECK_MS }) };
}
