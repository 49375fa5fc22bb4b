import type { KeyInSlot } from '@sluice/contracts';

/** `1 provider key`, `2 provider keys`. */
export const plural = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

/** A title, and counts below it in a column. */
export const reportOf = (title: string, counts: readonly (readonly [string, number])[]): string => {
  const width = Math.max(...counts.map(([, count]) => String(count).length));
  return [title, ...counts.map(([what, count]) => `  ${String(count).padStart(width)}  ${what}`)].join('\n');
};

/** A block that names where keys lie and what is the matter; nothing when there are none. */
export const keyLines = (
  keys: readonly { readonly at: KeyInSlot; readonly reason: string }[],
): readonly string[] =>
  keys.length === 0
    ? []
    : [
        keys
          .map(({ at, reason }) => `profile ${at.profileId}  team ${at.teamId}  ${at.slot}: ${reason}`)
          .join('\n'),
      ];
