import type { AdapterDeps } from '../chat-exchange.ts';
import { chat, USAGE } from '../gemini/adapter.ts';
import { makeImages } from '../gemini/images.ts';
import type { Outcome, Provider } from '../provider.ts';

type Headers = Readonly<Record<string, string>>;

/** How long a base URL is asked in the way that worked, in milliseconds; what a reseller takes may change. */
const KEPT_MS = 60 * 60 * 1000;
const MAX_KEPT = 10_000;

/**
 * Nano Banana through DMXAPI: Gemini's `generateContent`, with the key in Gemini's header, or as a bearer token where
 * that is refused. What worked is remembered for each base URL.
 */
export function createNanoBanana(deps: AdapterDeps, now: () => number = Date.now): Provider {
  const bearerUntil = new Map<string, number>();

  async function withKey<Answer>(
    { baseUrl, apiKey }: { baseUrl: string; apiKey: string },
    ask: (headers: Headers) => Promise<Outcome<Answer>>,
  ): Promise<Outcome<Answer>> {
    const bearer = { authorization: `Bearer ${apiKey}` };
    if ((bearerUntil.get(baseUrl) ?? 0) > now()) return ask(bearer);
    const outcome = await ask({ 'x-goog-api-key': apiKey });
    if (outcome.ok || !isRefused(outcome.failure.error.provider?.status)) return outcome;
    const second = await ask(bearer);
    if (second.ok || !isRefused(second.failure.error.provider?.status)) {
      if (bearerUntil.size >= MAX_KEPT) bearerUntil.clear();
      bearerUntil.set(baseUrl, now() + KEPT_MS);
    }
    return second;
  }

  return {
    usageBasis: USAGE,
    chat: (call) => withKey(call, (headers) => chat(deps, call, headers)),
    images: (call) => withKey(call, (headers) => makeImages(deps, call, headers)),
  };
}

const isRefused = (status: number | null | undefined): boolean => status === 401 || status === 403;
