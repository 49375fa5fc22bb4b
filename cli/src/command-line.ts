import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Command, Environment } from './command.ts';
import { keysCheck } from './keys-check.ts';
import { keysPublic } from './keys-public.ts';
import { keysRotate } from './keys-rotate.ts';
import { natsConfig } from './nats-config.ts';
import { teamsExport } from './teams-export.ts';
import { topologyApply } from './topology-apply.ts';
import { topologyShow } from './topology-show.ts';

const COMMANDS: readonly Command[] = [
  keysPublic,
  keysCheck,
  keysRotate,
  natsConfig,
  teamsExport,
  topologyApply,
  topologyShow,
];

const USAGE_FAULT = 2;

/**
 * Runs `sluice <arguments>`: results on stdout, faults on stderr. Returns the exit code: 0 done, 1 failed, 2 not
 * understood.
 */
export const runCommandLine = async (argv: readonly string[], env: Environment): Promise<number> => {
  const understood = parse(argv);
  if (typeof understood === 'string') {
    console.error(`${understood}\n\n${HELP}`);
    return USAGE_FAULT;
  }
  if (understood === null) {
    console.log(HELP);
    return 0;
  }
  try {
    const result = await understood.command.run(env, understood.argument, print);
    if (result === null) return 0;
    const { output, exitCode } = typeof result === 'string' ? { output: result, exitCode: 0 } : result;
    console.log(output);
    return exitCode;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
};

/** Waits for whoever reads stdout when they are slower than we. */
const print = async (line: string): Promise<void> => {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
};

type Understood = { readonly command: Command; readonly argument: string };

/** The command; null when help is wanted; a text that says what is not understood. */
const parse = (argv: readonly string[]): Understood | null | string => {
  try {
    const options = { help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    if (values.help || positionals.length === 0) return null;
    const text = positionals.join(' ');
    const named = positionals.slice(0, 2).join(' ');
    const command = COMMANDS.find(({ name }) => name === named);
    const [argument, ...more] = positionals.slice(2);
    if (!command || more.length > 0 || (argument === undefined) !== (command.argument === undefined)) {
      return command?.argument !== undefined && argument === undefined
        ? `sluice ${named} needs <${command.argument}>.`
        : `There is no command "${text}".`;
    }
    return { command, argument: argument ?? '' };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const HELP = [
  'Usage: sluice <command>',
  ...COMMANDS.map(({ name, argument, summary, variables }) =>
    [
      '',
      `  sluice ${name}${argument === undefined ? '' : ` <${argument}>`}`,
      `      ${summary}`,
      ...variables.map((variable) => `        ${variable}`),
    ].join('\n'),
  ),
].join('\n');
