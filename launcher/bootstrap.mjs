// What runs before anything is installed: plain JavaScript for Node 18 and newer, without dependencies.
// `node launcher/bootstrap.mjs <command> …` brings the dependencies up to date, finds a Node 24 (it comes with them)
// and runs launcher/src/<command>.ts or <command>/src/main.ts with it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = 18;
const RUNTIME_NODE = 24;
const INSTALL_TIMEOUT_MS = 600_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const marker = join(modules, '.sluice-lock-hash');

const say = (line) => console.log(line);

const fail = (message) => {
  console.error(message);
  process.exit(1);
};

const majorOf = (version) => Number(version.split('.')[0]);

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** True when what npm recorded as installed is what the lockfile asks for; packages of other platforms may lack. */
const matchesLockfile = () => {
  try {
    const locked = readJson(join(root, 'package-lock.json')).packages;
    const installed = readJson(join(modules, '.package-lock.json')).packages;
    return Object.entries(locked).every(([path, entry]) => {
      if (path === '' || entry.link || !path.includes('node_modules/')) return true;
      const found = installed[path];
      return found ? found.version === entry.version : Boolean(entry.optional || entry.devOptional);
    });
  } catch {
    return false;
  }
};

const installDependencies = async () => {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === hash) return;
  if (!matchesLockfile()) {
    say('Installing dependencies (npm ci) …');
    const begin = Date.now();
    await npmCi();
    say(`Installed dependencies in ${((Date.now() - begin) / 1000).toFixed(0)} s`);
  }
  writeFileSync(marker, hash);
};

// npm must not run by the Node inside node_modules, which `npm ci` deletes first.
const withoutLocalBin = (path) =>
  path
    .split(delimiter)
    .filter((directory) => !directory.endsWith(join('node_modules', '.bin')))
    .join(delimiter);

const npmCi = () =>
  new Promise((resolve) => {
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const env = { ...process.env, PATH: withoutLocalBin(process.env.PATH ?? ''), npm_config_yes: 'true' };
    const windows = process.platform === 'win32';
    const npm = spawn('npm', args, {
      cwd: root,
      env,
      stdio: 'inherit',
      shell: windows,
      timeout: INSTALL_TIMEOUT_MS,
    });
    const advice = 'Run `npm ci` by hand to see more; it needs the network or a filled npm cache.';
    npm.once('error', (error) => fail(`npm could not be run (${error.message}). Install npm 9 or newer.`));
    npm.once('exit', (code, signal) => {
      if (code === 0) return resolve();
      const why = signal
        ? `was stopped after ${INSTALL_TIMEOUT_MS / 60_000} minutes`
        : `failed (exit code ${code})`;
      fail(`Installing the dependencies ${why}. ${advice}`);
    });
  });

/** The Node 24 that the lockfile brings for this platform. */
const installedNode = () => {
  const names = Object.keys(readJson(join(root, 'package.json')).optionalDependencies ?? {});
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const paths = names.flatMap((name) => [join(modules, name, 'bin', file), join(modules, name, file)]);
  return paths.find((path) => existsSync(path));
};

const runHere = async (entry, args) => {
  process.argv = [process.execPath, entry, ...args];
  await import(pathToFileURL(entry).href);
};

/** Runs the command with another Node: signals go there, and its end is ours. */
const runWith = (node, entry, args) => {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
  const child = spawn(node, [entry, ...args], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => fail(`${node} could not be run: ${error.message}`));
  child.once('exit', (code, signal) => {
    if (signal) fail(`${entry} was ended by ${signal}`);
    process.exit(code ?? 1);
  });
};

const main = async () => {
  if (majorOf(process.versions.node) < OLDEST_NODE) {
    fail(
      `Node ${OLDEST_NODE} or newer is needed, this is ${process.versions.node}. Install it from https://nodejs.org.`,
    );
  }
  const [command = '', ...args] = process.argv.slice(2);
  const places = [join(root, 'launcher', 'src', `${command}.ts`), join(root, command, 'src', 'main.ts')];
  const entry = /^[a-z][a-z-]*$/.test(command) && places.find((place) => existsSync(place));
  if (!entry)
    fail(`Usage: node launcher/bootstrap.mjs start|test|bench …; there is no command "${command}".`);
  await installDependencies();
  if (majorOf(process.versions.node) >= RUNTIME_NODE) return runHere(entry, args);
  const node = installedNode();
  if (!node) {
    fail(
      `Node ${RUNTIME_NODE} is needed; no package brings it for ${process.platform}-${process.arch}. Install it.`,
    );
  }
  return runWith(node, entry, args);
};

await main();
