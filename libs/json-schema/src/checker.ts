import { hash } from 'node:crypto';
import { AppError } from '@sluice/contracts';
import { createThreadPool, type PoolSettings } from './thread-pool.ts';
import type { Verdict } from './verdict.ts';

export type SchemaChecker = {
  /**
   * Why a schema cannot be used, for the person who sent it; null when it can. Groups (teams) are served in turn.
   * Errors: rate_limited when too many of the group wait, unavailable when its turn did not come in time.
   */
  readonly refusal: (group: string, schema: object) => Promise<string | null>;
  /** Whether a JSON text fits the schema; of a text that is no JSON `unchecked`. Never rejects. */
  readonly check: (group: string, schema: object, document: string) => Promise<Verdict>;
  /** Ends the threads; what is under way is `unchecked`. */
  readonly close: () => Promise<void>;
};

/** A schema is part of every call to a provider: one that is larger is a mistake. In bytes of JSON. */
const MAX_SCHEMA_BYTES = 256 * 1024;
const KEPT_REFUSALS = 1000;
/** How long a schema that took too long is refused unseen, in milliseconds. */
const SLOW_MS = 60_000;
/** As long as the slowest check of two: a turn may be free by then. In milliseconds. */
const RETRY_AFTER_MS = 2000;

/**
 * Checks documents by clients' JSON Schemas (draft 2020-12), off the main thread and within `boundMs` each (2 s by
 * default): neither schemas nor documents can be trusted. Threads start when they are first needed. A check waits for
 * its turn for 10 s by default, beside 15 others of its group.
 */
export function createSchemaChecker(options: Partial<PoolSettings> = {}): SchemaChecker {
  const { threads = 2, boundMs = 2000, waitMs = 10_000, waitingPerGroup = 16 } = options;
  const pool = createThreadPool({ threads, boundMs, waitMs, waitingPerGroup });
  /** By the schema's hash; `until` in milliseconds since 1970. */
  const known = new Map<string, { refusal: string | null; until: number }>();
  /** A burst of calls with one new schema is one check. By group and hash. */
  const compiling = new Map<string, Promise<Verdict>>();

  const keep = (key: string, refusal: string | null, until = Infinity): string | null => {
    known.delete(key);
    known.set(key, { refusal, until });
    const [oldest] = known.keys();
    if (known.size > KEPT_REFUSALS && oldest !== undefined) known.delete(oldest);
    return refusal;
  };
  const knownOf = (key: string) => {
    const entry = known.get(key);
    return entry && entry.until > Date.now() ? entry : undefined;
  };

  const compiled = (group: string, key: string, schema: string): Promise<Verdict> => {
    const place = `${group} ${key}`;
    const running = compiling.get(place);
    if (running !== undefined) return running;
    const verdict = pool.run(group, { schema, document: null }).finally(() => compiling.delete(place));
    compiling.set(place, verdict);
    return verdict;
  };

  return {
    async refusal(group, schema) {
      const text = JSON.stringify(schema);
      const bytes = Buffer.byteLength(text);
      if (bytes > MAX_SCHEMA_BYTES) return `has ${bytes} bytes as JSON; ${MAX_SCHEMA_BYTES} are possible`;
      const key = hash('sha256', text);
      const entry = knownOf(key);
      if (entry) return keep(key, entry.refusal, entry.until);
      const verdict = await compiled(group, key, text);
      if (verdict.outcome === 'busy') throw busy(verdict);
      if (verdict.outcome === 'unusable') return keep(key, shortened(verdict.reason));
      if (verdict.outcome === 'unchecked') return keep(key, verdict.reason, Date.now() + SLOW_MS);
      return keep(key, null);
    },
    async check(group, schema, document) {
      const text = JSON.stringify(schema);
      const key = hash('sha256', text);
      const entry = knownOf(key);
      if (entry?.refusal) return { outcome: 'unchecked', reason: entry.refusal };
      const verdict = await pool.run(group, { schema: text, document });
      if (verdict.outcome === 'unchecked') keep(key, verdict.reason, Date.now() + SLOW_MS);
      return verdict;
    },
    close: () => pool.close(),
  };
}

function busy({ why, reason }: Extract<Verdict, { outcome: 'busy' }>): AppError {
  const code = why === 'crowded' ? 'rate_limited' : 'unavailable';
  return new AppError(code, `The schema was not checked: ${reason}.`, { retryAfterMs: RETRY_AFTER_MS });
}

const shortened = (reason: string): string => (reason.length > 500 ? `${reason.slice(0, 500)}…` : reason);
