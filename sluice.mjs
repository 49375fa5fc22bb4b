#!/usr/bin/env node
// `npx sluice …`, or `./sluice.mjs …`: runs the command line with the Node 24 that the dependencies bring, when the
// Node that reads this is an older one. Plain JavaScript, so that an older one can.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const RUNTIME_NODE = 24;
const entry = new URL('./cli/src/main.ts', import.meta.url);

if (Number(process.versions.node.split('.')[0]) >= RUNTIME_NODE) {
  await import(entry.href);
} else {
  const node = fileURLToPath(new URL('./node_modules/.bin/node', import.meta.url));
  const { status, error } = spawnSync(node, [fileURLToPath(entry), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  if (error)
    process.stderr.write(`Node ${RUNTIME_NODE} is needed; \`npm ci\` brings it (${error.message}).\n`);
  process.exitCode = status ?? 1;
}
