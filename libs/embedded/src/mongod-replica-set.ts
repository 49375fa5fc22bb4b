import { type Document, type MongoClient, MongoServerError } from 'mongodb';

const NOT_YET_INITIALIZED = 94;
const REPLICA_SET = 'rs0';

/**
 * Makes a mongod the primary of a set of which it is the only member: initiates the set on new data, and names the
 * present port in the configuration of old data. `waitFor` repeats a question until it has an answer.
 */
export const becomePrimary = async (
  client: MongoClient,
  port: number,
  waitFor: (ask: () => Promise<true | undefined>) => Promise<true>,
): Promise<void> => {
  const admin = client.db('admin');
  const host = `127.0.0.1:${port}`;
  const config = await currentConfig(client);
  if (!config) {
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host }] } });
  } else if (config['members']?.[0]?.host !== host) {
    // With another address the server does not find itself in the set; force lets it take the new one all the same.
    const members = [{ ...config['members'][0], host }];
    await admin.command({
      replSetReconfig: { ...config, version: config['version'] + 1, members },
      force: true,
    });
  }
  await waitFor(async () => ((await admin.command({ hello: 1 }))['isWritablePrimary'] ? true : undefined));
};

const currentConfig = async (client: MongoClient): Promise<Document | undefined> => {
  try {
    return (await client.db('admin').command({ replSetGetConfig: 1 }))['config'];
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NOT_YET_INITIALIZED) return undefined;
    throw error;
  }
};
