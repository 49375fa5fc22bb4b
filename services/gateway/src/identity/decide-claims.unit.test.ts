import assert from 'node:assert/strict';
import { it } from 'node:test';
import { decideClaims } from './decide-claims.ts';

const NOW = 1_800_000_000_000;
const SECOND = NOW / 1000;
const claims = { iat: SECOND, iatMs: NOW, exp: SECOND + 900 };

it('access tokens of now, of the past and of a clock that is a little ahead are good', () => {
  assert.equal(decideClaims(claims, NOW), true);
  assert.equal(decideClaims({ iat: SECOND - 900, iatMs: NOW - 900_000, exp: SECOND }, NOW), true);
  assert.equal(decideClaims({ iat: SECOND + 60, iatMs: NOW + 60_000, exp: SECOND + 960 }, NOW), true);
});

it('those from more than a minute ahead, and those that live longer than 15 minutes, are not', () => {
  assert.equal(decideClaims({ ...claims, iatMs: NOW + 60_001 }, NOW), false);
  assert.equal(decideClaims({ ...claims, iat: SECOND + 61, exp: SECOND + 900 }, NOW), false);
  assert.equal(decideClaims({ ...claims, exp: SECOND + 901 }, NOW), false);
  assert.equal(decideClaims({ ...claims, iat: Number.NaN }, NOW), false);
});
