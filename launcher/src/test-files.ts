import { globSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './repository.ts';

/** All test files of the repository, absolute and sorted; with words, those whose path contains one of them. */
export const findTestFiles = (words: readonly string[]): readonly string[] =>
  globSync('**/*.{unit,int,e2e}.test.ts', {
    cwd: repository,
    exclude: (path) => path.split(/[/\\]/).some((part) => part === 'node_modules' || part === '.sluice'),
  })
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
    .sort()
    .map((path) => join(repository, path));
