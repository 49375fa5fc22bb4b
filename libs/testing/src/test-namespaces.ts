import { randomBytes } from 'node:crypto';
import { ownTestAccount } from './test-account.ts';
import { testServers } from './test-environment.ts';

/** How to connect to the NATS account of this test file; no other file sees its streams and subjects. */
export const testNats = async (): Promise<{ url: string; user: string; pass: string }> => {
  const { natsUrl, password } = await testServers();
  return { url: natsUrl, user: ownTestAccount(), pass: password };
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
