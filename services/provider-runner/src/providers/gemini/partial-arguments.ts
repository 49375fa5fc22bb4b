import type { PartialArgument } from './schema.ts';

/**
 * Puts arguments together that come path by path (`$.location`, `$.days[0].name`): a text goes on where one stands
 * already, anything else is set. Paths that would reach into an object's prototype are left out.
 */
export function addPartialArgument(
  args: Record<string, unknown>,
  { jsonPath, ...piece }: PartialArgument,
): void {
  const path = [...jsonPath.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]/g)].map(
    ([, name, index, quoted]) => name ?? quoted ?? Number(index),
  );
  const last = path.pop();
  if (last === undefined || [...path, last].some((key) => key === '__proto__' || key === 'constructor'))
    return;
  let place: Record<string | number, unknown> = args;
  for (const [depth, key] of path.entries()) {
    const following = path[depth + 1] ?? last;
    const child = place[key] ?? (typeof following === 'number' ? [] : {});
    if (typeof child !== 'object' || child === null) return;
    place[key] = child;
    place = child as Record<string | number, unknown>;
  }
  const { stringValue, numberValue, boolValue } = piece;
  const before = place[last];
  if (stringValue !== undefined)
    place[last] = typeof before === 'string' ? before + stringValue : stringValue;
  else place[last] = numberValue ?? boolValue ?? null;
}
