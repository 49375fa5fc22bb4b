import type { Command } from './command.ts';
import { KEY_VARIABLES, withKeyRing } from './key-ring.ts';
import { keyLines, plural, reportOf } from './keys-report.ts';
import { type FoundKey, openSealedKeys } from './sealed-keys.ts';

type Closed = Extract<FoundKey, { state: 'closed' }>;

/** Opens every record with the secrets given, and shows none of the keys. */
export const keysCheck: Command = {
  name: 'keys check',
  summary:
    'Opens every stored provider key and says which no longer open; changes nothing. Exit code 1 then.',
  variables: KEY_VARIABLES,
  run: (env) =>
    withKeyRing(env, async (nc, ring) => {
      const counts = { current: 0, previous: 0, legacy: 0 };
      const closed: Closed[] = [];
      for await (const found of openSealedKeys(nc, ring)) {
        if (found.state === 'closed') closed.push(found);
        else counts[found.state] += 1;
      }
      const opened = counts.current + counts.previous + counts.legacy;
      const waiting = counts.previous + counts.legacy;
      const output = reportOf(`${plural(opened + closed.length, 'provider key')} checked`, [
        ['open with the current key', counts.current],
        ['open with a previous key', counts.previous],
        ['open, of the older form', counts.legacy],
        ['do not open', closed.length],
      ]);
      const advice =
        waiting > 0
          ? ['"sluice keys rotate" seals the rest to the current key; keep earlier secrets until then.']
          : [];
      return {
        output: [output, ...keyLines(closed), ...advice].join('\n\n'),
        exitCode: closed.length > 0 ? 1 : 0,
      };
    }),
};
