import type { DestinationStream } from 'pino';

/** Turns JSON log lines into `12:00:00.000 INFO gateway: message  key=value` for a person at a terminal. */
export function prettyLines(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(`${prettyLine(line)}\n`) };
}

function prettyLine(line: string): string {
  const { level, time, service, pid: _pid, msg, err, ...fields } = JSON.parse(line);
  const details = Object.entries(fields).map(([key, value]) => `${key}=${textOf(value)}`);
  const head = `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${service}: ${msg ?? ''}`;
  return [details.length === 0 ? head : `${head}  ${details.join(' ')}`, ...errorLines(err)].join('\n');
}

function errorLines(err: unknown): string[] {
  if (typeof err !== 'object' || err === null) return [];
  const { stack, ...rest } = err as Record<string, unknown>;
  const summary = `  ${JSON.stringify(rest)}`;
  return typeof stack === 'string' ? [summary, stack.replace(/^/gm, '  ')] : [summary];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
