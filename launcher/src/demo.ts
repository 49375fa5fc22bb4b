import { randomBytes } from 'node:crypto';
import { relative } from 'node:path';
import type { DataDirectory } from './data-directory.ts';
import { type DemoAccount, demoApi, type Job } from './demo-api.ts';
import { demoCommands } from './demo-commands.ts';
import { keepJson, keepText, readKept } from './kept-json.ts';

const EMAIL = 'demo@example.com';
const QUESTION = 'What is a sluice?';
const WAIT_SECONDS = 30;
const PASSWORD_BYTES = 12;

export type DemoDeps = {
  /** The gateway. */
  readonly url: string;
  readonly providerUrl: string;
  readonly data: DataDirectory;
};

export type Demo = {
  readonly account: DemoAccount;
  readonly question: string;
  readonly job: Job;
  readonly commands: ReturnType<typeof demoCommands>;
};

/**
 * Signs a demo user in (registers it the first time), makes its profile once, and runs one chat through everything.
 * The password stays in the data directory, and a file there always holds a token for the commands to copy.
 */
export const runDemo = async ({ url, providerUrl, data }: DemoDeps): Promise<Demo> => {
  const api = demoApi(url);
  const account = demoAccount(data.file('demo.json'));
  const tokenFile = data.file('demo-token');
  const { token, expiresIn } = await api.signIn(account);
  keepText(tokenFile, token);
  const renew = async (): Promise<void> => keepText(tokenFile, (await api.signIn(account)).token);
  // A missed renewal is made up by the next one; the gateway may just be starting again.
  setInterval(() => void renew().catch(() => {}), renewalMs(expiresIn)).unref();
  const profileId = await api.ensureProfile(token, `${providerUrl}/v1`);
  const job = await api.ask(token, profileId, QUESTION, WAIT_SECONDS);
  const short = relative(process.cwd(), tokenFile);
  const facts = { url, profileId, jobId: job.id, tokenFile: short.startsWith('..') ? tokenFile : short };
  return { account, question: QUESTION, job, commands: demoCommands(facts) };
};

const SHORTEST_RENEWAL_MS = 10_000;
const USUAL_RENEWAL_MS = 300_000;

const renewalMs = (expiresIn: number): number =>
  expiresIn > 0 ? Math.max((expiresIn * 1000) / 3, SHORTEST_RENEWAL_MS) : USUAL_RENEWAL_MS;

const demoAccount = (path: string): DemoAccount => {
  const kept = readKept(path);
  const password = kept['password'];
  if (password) return { email: kept['email'] ?? EMAIL, password };
  const account = { email: EMAIL, password: randomBytes(PASSWORD_BYTES).toString('base64url') };
  keepJson(path, account);
  return account;
};
