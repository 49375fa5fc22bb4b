import type { CallSummary } from './call-log.ts';

export const KEY = 'sk-demo-test';

type Choice = {
  finish_reason: string | null;
  message: { role: string; content: string };
};

/** Whatever the API may answer with; a test reads what it expects. */
type Body = {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: [Choice, ...Choice[]];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  data: { id: string }[];
  error: { message: string; type: string; param: string | null; code: string | null };
};

type Options = { key?: string; stream?: boolean; body?: object; signal?: AbortSignal };

/** Posts one chat completion, as a client of OpenAI's API would. */
export function ask(url: string, model: string, options: Options = {}): Promise<Response> {
  const { key = KEY, stream = false, body = {}, signal } = options;
  return fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      stream,
      messages: [{ role: 'user', content: 'What is a sluice?' }],
      ...body,
    }),
    signal: signal ?? null,
  });
}

export async function bodyOf(response: Response): Promise<Body> {
  return JSON.parse(await response.text());
}

/** The `data:` lines of a server-sent event stream, to its end. */
export async function dataOf(response: Response): Promise<string[]> {
  return events(await response.text());
}

/** The `data:` lines that arrived before the connection failed, and whether it failed. */
export async function dataUntilFailure(response: Response): Promise<{ data: string[]; failed: boolean }> {
  let text = '';
  try {
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk;
    }
    return { data: events(text), failed: false };
  } catch {
    return { data: events(text), failed: true };
  }
}

/** The content deltas among parsed stream events, joined. */
export function contentOf(data: readonly string[]): string {
  return data
    .filter((line) => line !== '[DONE]')
    .map((line) => JSON.parse(line).choices[0]?.delta.content ?? '')
    .join('');
}

export async function callsOf(url: string, query: string): Promise<CallSummary> {
  const response = await fetch(new URL(`/_calls?${query}`, url));
  return (await response.json()) as CallSummary;
}

function events(text: string): string[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice('data: '.length));
}
