/**
 * What a table says of a name that came from outside; undefined for a name that is not in it, `constructor` and
 * `__proto__` included, which every object answers to.
 */
export function ownEntry<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
