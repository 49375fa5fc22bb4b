export type FieldDifference = {
  readonly field: string;
  readonly current: unknown;
  readonly wanted: unknown;
};

/**
 * The fields that `wanted` names and `current` has otherwise. What only the server names (its defaults) does not
 * count; a field that the server leaves out is its zero; the order of names in a list does not matter.
 */
export const differences = (
  current: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): FieldDifference[] =>
  Object.entries(wanted)
    .filter(([field, value]) => value !== undefined && !covers(current[field], value))
    .map(([field, value]) => ({ field, current: current[field], wanted: value }));

const covers = (current: unknown, wanted: unknown): boolean => {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(current)) return wanted.length === 0 && current === undefined;
    if (current.length !== wanted.length) return false;
    const [mine, theirs] = [inOrder(wanted), inOrder(current)];
    return mine.every((value, index) => covers(theirs[index], value));
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof current !== 'object' || current === null) return false;
    const there = current as Record<string, unknown>;
    return Object.entries(wanted).every(([key, value]) => covers(there[key], value));
  }
  return current === undefined ? isZero(wanted) : Object.is(current, wanted);
};

const inOrder = (values: readonly unknown[]): readonly unknown[] =>
  values.every((value) => typeof value === 'string') ? values.toSorted() : values;

const isZero = (value: unknown): boolean =>
  value === undefined || value === null || value === false || value === 0 || value === '';
