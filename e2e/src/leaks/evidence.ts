import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NATS_USERS, permissionsOf } from '@sluice/contracts';
import { connect } from '@sluice/messaging';
import { testNatsUrlOf } from '@sluice/testing';
import { BSON, MongoClient } from 'mongodb';
import { spellingsOf } from './spellings.ts';

/** Something that a thief might hold, as text: where it was found, and what it says. */
export type Evidence = { readonly source: string; readonly text: string };

export type Spy = { readonly evidence: readonly Evidence[]; stop: () => Promise<void> };

/** Hears every message from now on that a login may hear on these subjects: commands, events, requests, replies. */
export async function spyOn(natsUrl: string, subjects: readonly string[]): Promise<Spy> {
  const nc = await connect({ url: natsUrl, name: 'spy' });
  const evidence: Evidence[] = [];
  for (const subject of subjects) {
    nc.subscribe(subject, {
      callback: (_error, message) => {
        const headers = message.headers === undefined ? '' : JSON.stringify([...message.headers]);
        const text = `${message.subject}\n${headers}\n${Buffer.from(message.data).toString('latin1')}`;
        evidence.push({ source: `NATS ${message.subject}`, text });
      },
    });
  }
  await nc.flush();
  return {
    evidence,
    stop: async () => {
      await nc.flush();
      await nc.close();
    },
  };
}

/** Hears what each login of the services hears, in whichever account it is, beside the service itself. */
export function spyOnServices(): Promise<Spy[]> {
  const permissions = permissionsOf();
  const users = NATS_USERS.filter((user) => user !== 'provisioner');
  return Promise.all(
    users.map(async (user) => spyOn(await testNatsUrlOf(user), permissions[user].subscribe)),
  );
}

/** Every document of a database, once as JSON and once as the bytes that are stored. */
export async function documentsOf(mongoUrl: string): Promise<Evidence[]> {
  const client = await new MongoClient(mongoUrl).connect();
  try {
    const evidence: Evidence[] = [];
    for (const collection of await client.db().collections()) {
      for await (const document of collection.find()) {
        const text = `${BSON.EJSON.stringify(document)}\n${Buffer.from(BSON.serialize(document)).toString('latin1')}`;
        evidence.push({ source: `MongoDB ${collection.collectionName}`, text });
      }
    }
    return evidence;
  } finally {
    await client.close();
  }
}

export function filesOf(directory: string): Evidence[] {
  return readdirSync(directory).map((name) => ({
    source: `file ${name}`,
    text: readFileSync(join(directory, name), 'utf8'),
  }));
}

/** Where which secret was found; the names of secrets, never their values. */
export function leaksIn(
  evidence: readonly Evidence[],
  secrets: ReadonlyMap<string, string>,
): { secret: string; source: string; around: string }[] {
  const wanted = [...secrets].map(([name, value]) => ({
    name,
    spellings: [...spellingsOf(value), Buffer.from(value).toString('latin1')],
  }));
  return evidence.flatMap(({ source, text }) =>
    wanted.flatMap(({ name, spellings }) => {
      const spelling = spellings.find((one) => text.includes(one));
      if (spelling === undefined) return [];
      const at = text.indexOf(spelling);
      return [{ secret: name, source, around: text.slice(Math.max(0, at - 60), at) }];
    }),
  );
}
