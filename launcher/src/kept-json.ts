import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** The text values that an earlier start kept in a JSON file; empty when there is none. Throws when it is damaged. */
export const readKept = (path: string): Readonly<Record<string, string>> => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`${path} is not a JSON object`);
  return Object.fromEntries(
    Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
};

/** Keeps a text in one step, readable by its owner alone. */
export const keepText = (path: string, text: string): void => {
  const next = `${path}.${process.pid}`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, path);
};

export const keepJson = (path: string, values: Readonly<Record<string, string>>): void =>
  keepText(path, `${JSON.stringify(values, null, 2)}\n`);
