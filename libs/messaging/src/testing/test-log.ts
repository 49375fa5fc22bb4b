import type { Log } from '../log.ts';

/** Keeps the lines that a test wants to see. */
export const testLog = (): Log & { readonly lines: { fields: object; message: string }[] } => {
  const lines: { fields: object; message: string }[] = [];
  const add = (fields: object, message: string): void => void lines.push({ fields, message });
  return { lines, debug: add, info: add, warn: add, error: add };
};
