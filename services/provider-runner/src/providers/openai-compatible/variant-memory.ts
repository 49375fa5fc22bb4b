import type { Variant } from './decide-variant.ts';

/** Servers are updated, and models come and go: after this a model is asked in the ordinary form again. */
const KEPT_MS = 60 * 60 * 1000;
const MAX_KEPT = 10_000;

/** What had to be changed for a model at a base URL, so that the next call begins there. Lost with the process. */
export function createVariantMemory(now: () => number = Date.now) {
  const kept = new Map<string, { changes: Partial<Variant>; until: number }>();
  return {
    changesFor(baseUrl: string, model: string): Partial<Variant> {
      const known = kept.get(`${baseUrl} ${model}`);
      return known !== undefined && known.until > now() ? known.changes : {};
    },
    keep(baseUrl: string, model: string, changes: Partial<Variant>): void {
      const key = `${baseUrl} ${model}`;
      kept.delete(key);
      kept.set(key, { changes, until: now() + KEPT_MS });
      const oldest = kept.keys().next();
      if (kept.size > MAX_KEPT && !oldest.done) kept.delete(oldest.value);
    },
  };
}
export type VariantMemory = ReturnType<typeof createVariantMemory>;
