import { AppError, newId, replaceSealedKey } from '@sluice/contracts';
import { call, type NatsConnection } from '@sluice/messaging';
import { type KeyRing, seal } from '@sluice/sealing';
import type { Command } from './command.ts';
import { KEY_VARIABLES, withKeyRing } from './key-ring.ts';
import { keyLines, plural, reportOf } from './keys-report.ts';
import { bindingOf, type FoundKey, openSealedKeys } from './sealed-keys.ts';

type Opened = Exclude<FoundKey, { state: 'closed' }>;
type Closed = Extract<FoundKey, { state: 'closed' }>;

/** Brings every record to the current key while everything runs; running it again, or twice at once, is harmless. */
export const keysRotate: Command = {
  name: 'keys rotate',
  summary:
    'Seals every stored provider key anew to the current key; nothing stops meanwhile. See docs/rotation.md.',
  variables: KEY_VARIABLES,
  run: (env) =>
    withKeyRing(env, async (nc, ring) => {
      const counts = { current: 0, previous: 0, legacy: 0, overtaken: 0 };
      const closed: Closed[] = [];
      for await (const found of openSealedKeys(nc, ring)) {
        if (found.state === 'closed') closed.push(found);
        else if (found.state === 'current' || (await reseal(nc, ring, found))) counts[found.state] += 1;
        else counts.overtaken += 1;
      }
      const checked = counts.current + counts.previous + counts.legacy + counts.overtaken + closed.length;
      const output = reportOf(
        `${plural(checked, 'provider key')} checked, current key ${ring.current.keyId}`,
        [
          ['sealed anew', counts.previous],
          ['sealed anew, from the older form', counts.legacy],
          ['sealed to the current key already', counts.current],
          ['changed by somebody meanwhile', counts.overtaken],
          ['could not be opened, left as they are', closed.length],
        ],
      );
      const advice = counts.overtaken > 0 ? ['Run it again for those that were changed meanwhile.'] : [];
      const exitCode = closed.length + counts.overtaken > 0 ? 1 : 0;
      return { output: [output, ...keyLines(closed), ...advice].join('\n\n'), exitCode };
    }),
};

/** False when the record is no longer the one that was read. */
const reseal = async (nc: NatsConnection, ring: KeyRing, { at, key }: Opened): Promise<boolean> => {
  const { teamId, profileId, slot, record } = at;
  const to = await seal(ring.current, bindingOf(at), key);
  try {
    await call(nc, replaceSealedKey, { teamId, profileId, slot, from: record, to }, { requestId: newId() });
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'conflict') return false;
    throw error;
  }
};
