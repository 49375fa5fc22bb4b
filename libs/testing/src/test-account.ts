import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/**
 * The NATS account that belongs to a test file: its path in the repository, with everything but letters and digits
 * turned into `-`. Also the user of that account.
 */
export const testAccountOf = (file: string): string =>
  relative(repository, file).replaceAll(/[^a-zA-Z0-9]+/g, '-');

/** The account of the test file that this process runs. */
export const ownTestAccount = (): string => testAccountOf(process.argv[1] ?? 'interactive');
