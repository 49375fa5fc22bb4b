import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { authEventSubjects, EVENT_TYPE } from '@sluice/contracts';
import type { ErrorBody } from '../edge/error-answer.ts';
import { answerAsOthers, type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway-under-test.ts';
import { signedEvent } from '../testing/signed-event.ts';
import { claimsOf, hmacToken, signedToken, signingKey, unsignedToken } from '../testing/signed-token.ts';

describe('authentication', () => {
  let gateway: GatewayUnderTest;
  before(async () => {
    gateway = await gatewayUnderTest();
    answerAsOthers(gateway);
  });
  after(() => gateway.close());

  const me = (authorization?: string) =>
    gateway.app.inject({
      url: '/api/auth/me',
      headers: authorization === undefined ? {} : { authorization },
    });

  const refused = async (authorization: string | undefined, message: RegExp) => {
    // Twice, in case the first refusal or its absence was remembered.
    for (const answer of [await me(authorization), await me(authorization)]) {
      const body = answer.json<ErrorBody>();
      assert.equal(answer.statusCode, 401, answer.body);
      assert.equal(body.code, 'unauthenticated');
      assert.match(body.message, message);
      assert.equal(body.details?.[0]?.path, 'headers.authorization');
      assert.match(String(answer.headers['www-authenticate']), /^Bearer/);
      assert.equal(answer.headers['x-request-id'], body.requestId);
    }
  };
  const invalid = (token: string) => refused(`Bearer ${token}`, /not valid/);

  it("takes a token that auth's key signed, and knows who calls from it", async () => {
    for (const answer of [await me(gateway.bearer.authorization), await me(gateway.bearer.authorization)]) {
      assert.equal(answer.statusCode, 200, answer.body);
      assert.equal(answer.json<{ user: { id: string } }>().user.id, 'user1');
    }
  });

  it('refuses a request without a token, or with something else in its place', async () => {
    const missing = /Send an access token/;
    await refused(undefined, missing);
    await refused('', missing);
    await refused('Basic YTpi', missing);
    await refused('Bearer', missing);
    await refused('Bearer a b', missing);
    await invalid('not-a-token');
    await invalid('a.b.c');
  });

  it('says of an expired token that it has expired', async () => {
    const past = Math.floor(Date.now() / 1000) - 1;
    const token = signedToken(gateway.key, claimsOf({ iat: past - 900, exp: past }));
    await refused(`Bearer ${token}`, /expired/);
  });

  it('refuses a token that was signed by another key under the same name', () =>
    invalid(signedToken(signingKey('key1'))));

  it('refuses a token whose claims were changed', async () => {
    const [header, , signature] = signedToken(gateway.key).split('.');
    const claims = Buffer.from(JSON.stringify(claimsOf({ team: 'team2' }))).toString('base64url');
    await invalid(`${header}.${claims}.${signature}`);
  });

  it('refuses a token that is signed with none', async () => {
    const token = unsignedToken(gateway.key);
    await invalid(token);
    await invalid(token.slice(0, -1));
    const [, , signature] = signedToken(gateway.key).split('.');
    await invalid(`${token}${signature}`);
  });

  it('refuses a token that is signed with the public key as an HMAC secret', async () => {
    const { publicKey, jwk } = gateway.key;
    await invalid(hmacToken(gateway.key, publicKey.export({ type: 'spki', format: 'pem' }).toString()));
    await invalid(hmacToken(gateway.key, jwk.x));
  });

  it('refuses a token without a key name, or with one that is no string', async () => {
    await invalid(signedToken(gateway.key, claimsOf(), { kid: undefined }));
    await invalid(signedToken(gateway.key, claimsOf(), { kid: ['key1'] }));
  });

  it('refuses claims of another issuer, without an end, or with ids that are no subject tokens', async () => {
    await invalid(signedToken(gateway.key, claimsOf({ iss: 'elsewhere' })));
    await invalid(signedToken(gateway.key, claimsOf({ exp: undefined })));
    await invalid(signedToken(gateway.key, claimsOf({ team: '*' })));
    await invalid(signedToken(gateway.key, claimsOf({ sub: 'a.b' })));
    await invalid(signedToken(gateway.key, claimsOf({ role: 'root' })));
  });

  it('refuses what is issued in the future, lives longer than 15 minutes, or is no access token', async () => {
    const now = Date.now();
    const iat = Math.floor(now / 1000);
    await invalid(signedToken(gateway.key, claimsOf({ iatMs: now + 70_000 })));
    await invalid(signedToken(gateway.key, claimsOf({ iat: iat + 70, exp: iat + 970 })));
    await invalid(signedToken(gateway.key, claimsOf({ exp: iat + 901 })));
    for (const typ of [EVENT_TYPE, undefined]) await invalid(signedToken(gateway.key, claimsOf(), { typ }));
    const event = JSON.parse(signedEvent(gateway.key, authEventSubjects.revoked, claimsOf()));
    const [{ protected: header, signature }] = event.signatures;
    await invalid([header, event.payload, signature].join('.'));
    await invalid(JSON.stringify(event));
  });

  it('asks auth once for many tokens with key names that it does not know', async () => {
    await me(gateway.bearer.authorization);
    const before = gateway.asked.jwks;
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => me(`Bearer ${signedToken(signingKey(`unknown${n}`))}`)),
    );
    assert.ok(gateway.asked.jwks - before <= 1, `${gateway.asked.jwks - before} questions`);
  });
});
