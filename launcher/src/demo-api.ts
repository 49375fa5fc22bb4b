export type DemoAccount = { readonly email: string; readonly password: string };

export type Job = { readonly id: string; readonly status: string; readonly text: string | undefined };

const REQUEST_TIMEOUT_MS = 90_000;

type Call = {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
};
type Answer = { readonly status: number; readonly body: unknown };

const CREATED = 201;
const UNAUTHENTICATED = 401;

/** The few calls of Sluice's own HTTP interface that the demo makes. */
export const demoApi = (url: string) => {
  const call = async (path: string, { method = 'GET', body, headers = {} }: Call = {}): Promise<Answer> => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...json, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    return { status: response.status, body: await response.json() };
  };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  /** An access token and its life in seconds; registers the account when it is not there yet. */
  const signIn = async (account: DemoAccount): Promise<{ token: string; expiresIn: number }> => {
    let answer = await call('/api/auth/login', { method: 'POST', body: account });
    if (answer.status === UNAUTHENTICATED) {
      const registration = { ...account, teamName: 'Demo' };
      answer = await call('/api/auth/register', { method: 'POST', body: registration });
    }
    const token = textIn(answer.body, 'accessToken');
    if (!token) throw new Error(`the demo account could not sign in: ${refusalIn(answer)}`);
    return { token, expiresIn: Number(valueIn(answer.body, 'expiresIn')) };
  };

  /** The id of the profile that points to this provider; makes one, with a key of no worth, when there is none. */
  const ensureProfile = async (token: string, baseUrl: string): Promise<string> => {
    const headers = bearer(token);
    const list = await call('/api/ai-profiles', { headers });
    const items = valueIn(list.body, 'items');
    const known = Array.isArray(items)
      ? items.find((item) => textIn(item, 'baseUrl') === baseUrl)
      : undefined;
    const knownId = textIn(known, 'id');
    if (knownId) return knownId;
    const name = `Demo ${new URL(baseUrl).port}`;
    const body = {
      name,
      provider: 'openai_compatible',
      model: 'demo',
      apiKey: 'demo-key-of-no-worth',
      baseUrl,
    };
    const made = await call('/api/ai-profiles', { method: 'POST', headers, body });
    const id = textIn(made.body, 'id');
    if (made.status !== CREATED || !id)
      throw new Error(`the demo profile could not be made: ${refusalIn(made)}`);
    return id;
  };

  /** Asks one question and waits for the end of the job, or for so long as the wait says. */
  const ask = async (token: string, aiProfileId: string, question: string, wait: number): Promise<Job> => {
    const headers = { ...bearer(token), prefer: `wait=${wait}` };
    const body = { aiProfileId, messages: [{ role: 'user', content: question }] };
    const answer = await call('/api/llm/chat', { method: 'POST', headers, body });
    const id = textIn(answer.body, 'id');
    if (!id) throw new Error(`the demo question was refused: ${refusalIn(answer)}`);
    const text = textIn(valueIn(answer.body, 'result'), 'text');
    return { id, status: textIn(answer.body, 'status') ?? 'unknown', text };
  };

  return { signIn, ensureProfile, ask };
};

const valueIn = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;

const textIn = (value: unknown, key: string): string | undefined => {
  const found = valueIn(value, key);
  return typeof found === 'string' ? found : undefined;
};

const refusalIn = ({ status, body }: Answer): string =>
  `${status} ${textIn(body, 'code') ?? ''} ${textIn(body, 'message') ?? ''}`.trim();
