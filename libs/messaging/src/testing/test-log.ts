import type { Log } from '../log.ts';

type Line = { level: 'debug' | 'info' | 'warn' | 'error'; fields: object; message: string };

/** Keeps the lines that a test wants to see. */
export const testLog = (): Log & { readonly lines: Line[] } => {
  const lines: Line[] = [];
  const at =
    (level: Line['level']) =>
    (fields: object, message: string): void =>
      void lines.push({ level, fields, message });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};
