import { randomBytes } from 'node:crypto';
import type { RecordedCall } from '@sluice/demo-provider';
import { readEvents, type SseEvent } from './sse-reader.ts';

/** What an HTTP answer said. `body` is parsed where it is JSON. */
export type Answer<Body = Record<string, unknown>> = { status: number; headers: Headers; body: Body };

export type Account = { token: string; teamId: string; email: string; password: string };

export type StackClient = ReturnType<typeof stackClient>;

export type RequestOptions = {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

/** A client of one gateway over real HTTP. */
export function stackClient(url: string, providerUrl: string) {
  async function raw(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const { token, body, headers, signal } = options;
    return fetch(url + path, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async function request(method: string, path: string, options: RequestOptions = {}): Promise<Answer<any>> {
    const response = await raw(method, path, options);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  /** A new user with a team of their own. */
  async function register(): Promise<Account> {
    const email = `${randomBytes(6).toString('hex')}@example.com`;
    const password = randomBytes(9).toString('base64url');
    const { status, body } = await request('POST', '/api/auth/register', { body: { email, password } });
    if (status !== 201) throw new Error(`register answered ${status}: ${JSON.stringify(body)}`);
    return { token: body.accessToken, teamId: body.team.id, email, password };
  }

  /** A profile of the demo provider; `model` steers how it behaves (see its README). Returns the id. */
  async function createProfile(token: string, model = 'demo', apiKey = 'sk-demo-key-1234'): Promise<string> {
    const { status, body } = await request('POST', '/api/ai-profiles', {
      token,
      body: { name: 'test', provider: 'openai_compatible', model, apiKey, baseUrl: providerUrl },
    });
    if (status !== 201) throw new Error(`the profile was answered ${status}: ${JSON.stringify(body)}`);
    return body.id;
  }

  /** The events of an answer as they come; throws when it is no event stream. */
  async function* events(
    method: string,
    path: string,
    options: RequestOptions = {},
  ): AsyncGenerator<SseEvent> {
    const response = await raw(method, path, options);
    if (!response.ok || !response.body) throw new Error(`${response.status}: ${await response.text()}`);
    yield* readEvents(response.body);
  }

  /** What the demo provider was asked under `key=label` of the model's name. */
  async function providerCalls(
    label: string,
  ): Promise<{ count: number; aborted: number; calls: RecordedCall[] }> {
    const answer = await fetch(new URL(`/_calls?key=${encodeURIComponent(label)}`, providerUrl));
    return (await answer.json()) as { count: number; aborted: number; calls: RecordedCall[] };
  }

  return { request, raw, register, createProfile, events, providerCalls };
}
