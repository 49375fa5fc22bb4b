import { randomBytes } from 'node:crypto';
import type { NatsUser } from '@sluice/contracts';
import { testLoginOf } from './nats-test-accounts.ts';
import { ownTestAccount } from './test-account.ts';
import { testServers } from './test-environment.ts';

/** How to connect to the NATS account of this test file; no other file sees its streams and subjects. */
export const testNats = async (): Promise<{ url: string; user: string; pass: string }> => {
  const { natsUrl, password } = await testServers();
  return { url: natsUrl, user: ownTestAccount(), pass: password };
};

/** The URL by which a service or an operator logs in to this file's account, for the queue `jobs`. */
export const testNatsUrlOf = async (user: NatsUser): Promise<string> => {
  const { natsUrl, password } = await testServers();
  const url = new URL(natsUrl);
  url.username = testLoginOf(ownTestAccount(), user);
  url.password = password;
  return url.href;
};

// MongoDB's limit for the name of a database is 63 bytes.
const NAME_BYTES = 63;
const database = `${randomBytes(6).toString('hex')}-${ownTestAccount()}`.slice(0, NAME_BYTES);

/** The URL of a database that only this run of this test file uses. */
export const testMongoUrl = async (): Promise<string> => {
  const url = new URL((await testServers()).mongoUrl);
  url.pathname = `/${database}`;
  return url.href;
};
