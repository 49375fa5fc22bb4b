// `npm start`: everything on one machine. Servers, topology, services and a demo provider come up in order, one chat
// runs through them, and Ctrl-C stops them in the opposite order.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { natsAccountsOf, natsPasswordVariable, topologyOptionsFrom } from '@sluice/contracts';
import { cacheDirectory } from '@sluice/embedded';
import { chooseGatewayPort, keepPort } from './choose-port.ts';
import { type DataDirectory, lockDataDirectory, openDataDirectory } from './data-directory.ts';
import { runDemo } from './demo.ts';
import { keepJson, readKept } from './kept-json.ts';
import { stopLeftOvers } from './left-overs.ts';
import { natsUrlFor, ownNatsPasswords } from './nats-logins.ts';
import { databaseUrlOn, superviseMongod, superviseNats } from './own-servers.ts';
import { repository } from './repository.ts';
import { loadSecrets } from './secrets.ts';
import { withAllowedHost } from './service-environment.ts';
import { serviceInstances, superviseDemoProvider, superviseService } from './services.ts';
import { createShutdown, onEndRequest, type Shutdown } from './shutdown.ts';
import { printDemo } from './start-report.ts';
import { paint, say, seconds } from './terminal.ts';
import { applyTopologyTo } from './topology-step.ts';
import { waitReady } from './wait-ready.ts';

const done = (what: string, detail = ''): void =>
  say(`${paint('green', '✓')} ${what.padEnd(18)} ${paint('dim', detail)}`);
const report = (line: string): void => say(`${paint('yellow', '·')} ${line}`);

const readRunners = (text = '2'): number => {
  const runners = Number(text);
  if (!/^\d+$/.test(text) || runners < 1 || runners > 64)
    throw new Error('RUNNERS must be a number from 1 to 64');
  return runners;
};

/** The URLs of both servers: the ones of the environment, else of servers that are started here and kept up. */
const bringUpServers = async (
  data: DataDirectory,
  shutdown: Shutdown,
): Promise<{
  natsUrl: string;
  databaseUrl: string;
  passwords: Readonly<Record<string, string | undefined>>;
}> => {
  const { NATS_URL, DATABASE_URL } = process.env;
  const ports = readKept(data.file('ports.json'));
  const passwords = NATS_URL ? process.env : ownNatsPasswords(data.file('secrets.json'), process.env);
  const accounts = natsAccountsOf({
    topology: topologyOptionsFrom(process.env),
    passwordOf: (user) => JSON.stringify(passwords[natsPasswordVariable(user)] ?? ''),
  });
  const nats = NATS_URL ? undefined : superviseNats({ accounts, data, lastPort: ports['nats'], report });
  const mongod = DATABASE_URL ? undefined : superviseMongod({ data, report });
  shutdown.add([nats, mongod].filter((server) => server !== undefined));
  const natsServer = await nats?.first;
  if (natsServer) {
    done('nats-server', `${natsServer.version}  ${natsServer.url}`);
    keepJson(data.file('ports.json'), { ...ports, nats: String(natsServer.port) });
  } else done('nats-server', 'the one in NATS_URL');
  const mongoServer = await mongod?.first;
  shutdown.throwIfEnding();
  if (mongoServer) done('mongod', `${mongoServer.version}  ${databaseUrlOn(mongoServer.url)}`);
  else done('mongod', 'the one in DATABASE_URL');
  return {
    natsUrl: natsServer?.url ?? NATS_URL ?? '',
    passwords,
    databaseUrl: mongoServer ? databaseUrlOn(mongoServer.url) : (DATABASE_URL ?? ''),
  };
};

const bringUpDemoProvider = async (data: DataDirectory, shutdown: Shutdown): Promise<string> => {
  const ports = readKept(data.file('ports.json'));
  const port = await keepPort(ports['demoProvider']);
  keepJson(data.file('ports.json'), { ...ports, demoProvider: String(port) });
  const provider = superviseDemoProvider(port, { data, report });
  shutdown.add([provider]);
  await provider.first;
  const url = `http://127.0.0.1:${port}`;
  done('demo provider', url);
  return url;
};

const bringUp = async (data: DataDirectory, shutdown: Shutdown): Promise<void> => {
  const begin = Date.now();
  const runners = readRunners(process.env['RUNNERS'] || undefined);
  const instances = serviceInstances(runners);
  const leftOver = await stopLeftOvers(data, instances);
  if (leftOver.length > 0) report(`stopped what an earlier start left running: ${leftOver.join(', ')}`);
  const { port, note } = await chooseGatewayPort(process.env['PORT'] || undefined);
  const secrets = await loadSecrets(data.file('secrets.json'), process.env);
  shutdown.throwIfEnding();
  const { natsUrl, databaseUrl, passwords } = await bringUpServers(data, shutdown);
  shutdown.throwIfEnding();
  await applyTopologyTo(natsUrlFor('provisioner', natsUrl, passwords), topologyOptionsFrom(process.env));
  shutdown.throwIfEnding();
  const providerUrl = await bringUpDemoProvider(data, shutdown);
  shutdown.throwIfEnding();

  const environment = {
    NODE_COMPILE_CACHE: join(cacheDirectory(), 'compile'),
    ...process.env,
    ...secrets,
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    PROVIDER_ALLOWED_HOSTS: withAllowedHost(process.env['PROVIDER_ALLOWED_HOSTS'], new URL(providerUrl).host),
  };
  const services = instances.map((instance) => ({
    instance,
    supervised: superviseService(instance, {
      data,
      environment: { ...environment, NATS_URL: natsUrlFor(instance.service, natsUrl, passwords) },
      report,
    }),
  }));
  for (const name of ['auth', 'jobs', 'provider-runner', 'gateway'] as const) {
    shutdown.add(
      services.filter(({ instance }) => instance.service === name).map(({ supervised }) => supervised),
    );
  }
  const url = `http://127.0.0.1:${port}`;
  await waitReady(url, {
    services: services.map(({ supervised }) => supervised),
    throwIfEnding: shutdown.throwIfEnding,
    report,
  });
  done('services', `auth, jobs, ${runners} × provider-runner, gateway`);
  const logs = relative(process.cwd(), data.file('logs')) || '.';
  const remark = `up in ${seconds(Date.now() - begin)}${note ? `, ${note}` : ''}`;
  say(`\n${paint('bold', `Sluice runs at ${url}`)}  ${paint('dim', remark)}`);
  try {
    printDemo(await runDemo({ url, providerUrl, data }));
  } catch (error) {
    if (shutdown.ending()) return;
    report(`the demo did not work: ${error instanceof Error ? error.message : String(error)}`);
  }
  say(`Docs at ${url}/docs, logs in ${logs}. Ctrl-C stops everything.`);
};

const main = async (): Promise<void> => {
  const dotEnv = join(repository, '.env');
  if (existsSync(dotEnv)) process.loadEnvFile(dotEnv);
  const data = openDataDirectory(process.env['SLUICE_DATA_DIR'] || join(repository, '.sluice'));
  const unlock = lockDataDirectory(data);
  const shutdown = createShutdown();
  const exit = (code: number): never => {
    unlock();
    process.exit(code);
  };
  const stopInOrder = async (code: number): Promise<never> => {
    await shutdown.run();
    return exit(code);
  };
  onEndRequest(
    () => {
      say(`\n${paint('dim', 'Stopping; once more ends everything at once.')}`);
      void stopInOrder(0);
    },
    () => {
      say('Ending everything at once.');
      void shutdown.force().then(() => exit(1));
    },
  );
  try {
    await bringUp(data, shutdown);
  } catch (error) {
    if (shutdown.ending()) return;
    say(`${paint('red', '✗')} ${error instanceof Error ? error.message : String(error)}`);
    await stopInOrder(1);
  }
};

await main().catch((error: unknown) => {
  say(`${paint('red', '✗')} ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
