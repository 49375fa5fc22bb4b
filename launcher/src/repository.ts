import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The absolute path of the repository's folder. */
export const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
