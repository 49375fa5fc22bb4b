import { first, type HttpHeaders } from './http-exchange.ts';

/**
 * How long a provider asks to be left alone, in milliseconds: `retry-after-ms` (OpenAI, Azure), `Retry-After` in
 * seconds or as a date (RFC 9110, section 10.2.3), or, where the quota of the window is used up, the time until it
 * starts anew (`x-ratelimit-reset-*` of OpenAI, Groq and Mistral; `anthropic-ratelimit-*-reset`).
 */
export function retryAfterOf(headers: HttpHeaders, now: number): number | undefined {
  const milliseconds = first(headers['retry-after-ms']);
  if (milliseconds && /^\d+(\.\d+)?$/.test(milliseconds)) return Number(milliseconds);
  const value = first(headers['retry-after']);
  if (value) {
    if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
    const at = Date.parse(value);
    if (!Number.isNaN(at)) return Math.max(0, at - now);
  }
  return resetOf(headers, now);
}

const RESET = /^(?:x|anthropic)-ratelimit-(?:reset-(?<after>[\w-]+)|(?<before>[\w-]+)-reset)$/;

/** The longest wait among the windows that have nothing left; those with something left need no wait. */
function resetOf(headers: HttpHeaders, now: number): number | undefined {
  const waits = Object.entries(headers).flatMap(([name, value]) => {
    const { after, before } = RESET.exec(name)?.groups ?? {};
    const text = first(value);
    if ((after ?? before) === undefined || text === undefined) return [];
    const remaining =
      after === undefined
        ? first(headers[`anthropic-ratelimit-${before}-remaining`])
        : first(headers[`x-ratelimit-remaining-${after}`]);
    const wait = remaining === undefined || Number(remaining) <= 0 ? durationOf(text, now) : undefined;
    return wait === undefined ? [] : [wait];
  });
  return waits.length === 0 ? undefined : Math.max(...waits);
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

/** `6m12.5s`, `120ms`, `34.4s` (Go's notation, protobuf's too), plain seconds, or a date. In milliseconds. */
export function durationOf(text: string, now: number): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (DURATION.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
    return parts.reduce((sum, [, count, unit = 's']) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0);
  }
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
