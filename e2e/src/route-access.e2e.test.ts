import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SCOPES } from '@sluice/contracts';
import { type Stack, startStack } from '@sluice/testing';
import { type People, type Person, peopleOf } from './route-access/people.ts';
import { resignedToken } from './route-access/resigned-token.ts';
import type { Resource } from './route-access/resources.ts';
import { type GuardedRoute, type OpenRoute, ROUTES } from './route-access/routes.ts';

let stack: Stack;
let people: People;
/** Owns a team. */
let ada: Person;
/** Is a member of Ada's team. */
let mia: Person;
/** Owns another team. */
let bob: Person;
/** By what is wrong with each. */
const badTokens = new Map<string, string | undefined>();

/** How the OpenAI-compatible routes name our codes. */
const OPENAI_CODES: Readonly<Record<string, string>> = {
  unauthenticated: 'invalid_api_key',
  not_found: 'model_not_found',
};

/** Far more than a projection takes. */
const LISTED_WITHIN_MS = 20_000;

const LIMITS_OFF = {
  LIMIT_AUTH_PER_MINUTE: '0',
  LIMIT_REQUESTS_PER_MINUTE: '0',
  LIMIT_ADDRESS_REQUESTS_PER_MINUTE: '0',
};

before(async () => {
  stack = await startStack({ env: LIMITS_OFF });
  people = peopleOf(stack);
  [ada, bob] = await Promise.all([people.owner(), people.owner()]);
  mia = await people.memberOf(ada);
  await collectBadTokens();
});
after(() => stack?.stop());

async function collectBadTokens(): Promise<void> {
  const secret = stack.secrets.get('JWT_SECRET') ?? '';
  const me = (token: string) => stack.request('GET', '/api/auth/me', { token });
  // The signature of what follows is good: the token is refused for its end alone.
  assert.equal((await me(resignedToken(secret, ada.token, 1))).status, 200);
  const expired = resignedToken(secret, ada.token, -16 * 60);
  assert.match((await me(expired)).body.message, /expired/);

  const apiToken = await people.apiToken(ada, SCOPES);
  assert.equal((await me(apiToken)).status, 200);
  const revoked = await people.done(
    201,
    people.post('/api/tokens', ada.token, { name: 'revoked', scopes: SCOPES }),
  );
  assert.equal((await me(revoked.token)).status, 200);
  await people.done(204, stack.request('DELETE', `/api/tokens/${revoked.id}`, { token: ada.token }));

  const [header = '', payload = '', signature = ''] = ada.token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, team: bob.teamId })).toString('base64url');
  const other = (text: string) => text.slice(0, -2) + (text.at(-2) === 'x' ? 'y' : 'x') + text.at(-1);
  for (const [fault, token] of Object.entries({
    'no token': undefined,
    'an expired token': expired,
    'what is no token': 'garbage',
    'a token with changed claims': `${header}.${forged}.${signature}`,
    'a token with a changed signature': `${header}.${payload}.${other(signature)}`,
    'a token of another key': resignedToken('another secret of thirty-two bytes', ada.token, 0),
    'an API token with a changed secret': other(apiToken),
    'an API token that is none': `slc_${'a'.repeat(26)}_${'a'.repeat(43)}`,
    'a revoked API token': revoked.token,
  })) {
    badTokens.set(fault, token);
  }
}

it('the table has every route, and no other', async () => {
  const { body } = await stack.request('GET', '/docs/json');
  const routes = Object.entries(body.paths as Record<string, object>).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(Object.keys(ROUTES).toSorted(), routes.toSorted());
});

for (const [name, route] of Object.entries(ROUTES)) {
  describe(name, () => (route.open ? openRoute(name, route) : guardedRoute(name, route)));
}

function openRoute(name: string, route: OpenRoute): void {
  it('serves everybody', async () => {
    const by = await people.owner();
    await answered(name, route, { by, token: undefined, resource: {} }, route.answers);
  });
}

function guardedRoute(name: string, route: GuardedRoute): void {
  const { scope, owner } = route;
  const made = async (host: Person): Promise<Resource> => (await route.of?.(people, host)) ?? {};
  /** Asks for something new of Ada's. */
  const asking = async (by: Person, token: string, status: number, code?: string) => {
    await answered(name, route, { by, token, resource: await made(ada) }, status, code);
  };

  it('serves who may ask', async () => {
    const by = (await route.by?.(people, ada)) ?? ada;
    const resource = (await route.holds?.(people, ada)) ?? (await made(by));
    await answered(name, route, { by, token: by.token, resource }, route.answers);
    if (owner === undefined && route.by === undefined) await asking(mia, mia.token, route.answers);
    if (scope === undefined) return;
    const scopes = scope === 'any' ? (['jobs:read'] as const) : ([scope] as const);
    await asking(ada, await people.apiToken(ada, scopes), route.answers);
  });

  it('refuses no token, an expired one, and what is none', async () => {
    const resource = await made(ada);
    for (const [fault, token] of badTokens) {
      await answered(name, route, { by: ada, token, resource }, 401, 'unauthenticated', fault);
    }
  });

  if (scope !== 'any') {
    it('refuses an API token with too few scopes', async () => {
      await asking(ada, await people.apiTokenWithout(ada, scope), 403, 'forbidden');
    });
  }

  if (owner) {
    it('refuses a member where an owner is needed', () => asking(mia, mia.token, 403, 'forbidden'));
  }

  const { lists } = route;
  if (lists) {
    it('lists nothing of another team', async () => {
      const [, path = ''] = name.split(' ');
      const [id = ''] = Object.values(await lists(people, ada));
      await listed(path, ada.token, id);
      const tokens = [bob.token];
      if (scope !== undefined && scope !== 'any') tokens.push(await people.apiToken(bob, [scope]));
      for (const token of tokens) {
        const { status, body } = await stack.request('GET', path, { token });
        assert.equal(status, 200);
        for (const foreign of [id, ada.teamId]) assert.ok(!JSON.stringify(body).includes(foreign), foreign);
      }
    });
  }

  if (route.of) {
    it("does not find another team's", async () => {
      await asking(bob, bob.token, 404, 'not_found');
      if (scope === undefined || scope === 'any') return;
      await asking(bob, await people.apiToken(bob, [scope]), 404, 'not_found');
    });
  }
}

/** Asks for a list until it names what was made; lists of jobs and of the audit log follow what happened. */
async function listed(path: string, token: string, id: string): Promise<void> {
  for (const until = Date.now() + LISTED_WITHIN_MS; Date.now() < until; ) {
    const { status, body } = await stack.request('GET', path, { token });
    assert.equal(status, 200);
    if (JSON.stringify(body).includes(id)) return;
  }
  assert.fail(`${path} never had ${id}`);
}

type Asked = { by: Person; token: string | undefined; resource: Resource };

/** Asks a route and looks at the status, and at the code of a refusal. */
async function answered(
  name: string,
  route: OpenRoute | GuardedRoute,
  { by, token, resource }: Asked,
  status: number,
  code?: string,
  hint = '',
): Promise<void> {
  const [method = '', template = ''] = name.split(' ');
  const path = template.replaceAll(/\{(\w+)\}/g, (_, key: string) => resource[key] ?? `no-${key}`);
  const body = route.body?.(resource, by);
  const answer = await stack.request(method, path, {
    ...(token !== undefined && { token }),
    ...(body !== undefined && { body }),
  });
  assert.equal(answer.status, status, `${hint} ${JSON.stringify(answer.body)}`);
  if (code === undefined) return;
  if (path.startsWith('/v1/')) {
    assert.equal(answer.body.error.code, OPENAI_CODES[code] ?? code);
    assert.ok(answer.headers.get('x-request-id'));
    return;
  }
  assert.equal(answer.body.code, code);
  assert.equal(answer.headers.get('x-request-id'), answer.body.requestId);
}
