import type { Variant } from './decide-variant.ts';

/** Servers are updated, and models come and go: after this a model is asked in the ordinary form again. */
const KEPT_MS = 60 * 60 * 1000;
const MAX_KEPT = 10_000;
const PARTS = ['endpoint', 'responseFormat', 'tokenLimit', 'sampling'] as const satisfies (keyof Variant)[];

/** What is asked: a refused response format is remembered for its own type, the other parts for every call. */
type Asked = {
  readonly baseUrl: string;
  readonly model: string;
  readonly format: string | undefined;
};

/**
 * What had to be changed for a model at a base URL, so that the next call begins there. Each part is forgotten by
 * itself, an hour after it was refused. Lost with the process.
 */
export function createVariantMemory(now: () => number = Date.now) {
  const kept = new Map<string, { change: Partial<Variant>; until: number }>();
  return {
    changesFor(asked: Asked): Partial<Variant> {
      const known = PARTS.map((part) => kept.get(keyOf(asked, part)));
      return Object.assign({}, ...known.map((entry) => entry && entry.until > now() && entry.change));
    },
    keep(asked: Asked, variant: Variant, changed: ReadonlySet<keyof Variant>): void {
      for (const part of changed) {
        const key = keyOf(asked, part);
        kept.delete(key);
        kept.set(key, { change: { [part]: variant[part] }, until: now() + KEPT_MS });
        const oldest = kept.keys().next();
        if (kept.size > MAX_KEPT && !oldest.done) kept.delete(oldest.value);
      }
    },
  };
}
export type VariantMemory = ReturnType<typeof createVariantMemory>;

function keyOf({ baseUrl, model, format }: Asked, part: keyof Variant): string {
  return JSON.stringify([baseUrl, model, part, part === 'responseFormat' ? format : undefined]);
}
