import type { Script } from './script.ts';

const KEPT = 10_000;

/** Counts the calls of scripts with `times`, by bearer token and model name (the last 10,000 pairs). */
export type Attempts = {
  /** Counts this call, and says whether it is among the first `times` ones; always so without `times`. */
  stillFailing: (token: string, model: string, script: Script) => boolean;
  /** Forgets the calls with this label; all for null. */
  clear: (label: string | null) => void;
};

export function countAttempts(): Attempts {
  const seen = new Map<string, { label: string | null; calls: number }>();
  return {
    stillFailing(token, model, script) {
      if (script.times === null) {
        return true;
      }
      const key = `${token}\n${model}`;
      const calls = (seen.get(key)?.calls ?? 0) + 1;
      seen.delete(key);
      seen.set(key, { label: script.label, calls });
      const [oldest] = seen.keys();
      if (oldest !== undefined && seen.size > KEPT) {
        seen.delete(oldest);
      }
      return calls <= script.times;
    },
    clear(label) {
      for (const [key, attempt] of seen) {
        if (label === null || attempt.label === label) {
          seen.delete(key);
        }
      }
    },
  };
}
