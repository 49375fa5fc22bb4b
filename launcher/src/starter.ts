import { identifyProcess } from '@sluice/embedded';

const MOST_ANCESTORS = 5;

/**
 * A question that is true as long as whoever started us lives. Run by npm that is npm itself and all between (a shell,
 * the bootstrap): a killed npm takes none of them along. Run otherwise it is always true: to outlive the shell that
 * started us is what `nohup` and service managers want.
 */
export const watchStarter = (): (() => boolean) => {
  if (process.env['npm_lifecycle_event'] === undefined) return () => true;
  const watched: { readonly pid: number; readonly startedAt: string }[] = [];
  let pid = process.ppid;
  for (let step = 0; step < MOST_ANCESTORS; step += 1) {
    const identity = identifyProcess(pid);
    if (!identity) break;
    watched.push({ pid, startedAt: identity.startedAt });
    if (/^npm\b|npm-cli\.js/.test(identity.commandLine)) {
      return () => watched.every((one) => identifyProcess(one.pid)?.startedAt === one.startedAt);
    }
    pid = identity.parent;
  }
  return () => true;
};
