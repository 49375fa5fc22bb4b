import type { ToolCallFragment } from './schema.ts';

/**
 * Tells which call of an answer each fragment of a stream belongs to, as a number of our own. The API's index is not
 * enough: Ollama sends every call with index 0, and other servers send none, so that each call of its own chunk would
 * be at the first place. A call begins where an index is new, and where another id comes with a name.
 * `at` is the fragment's place in its chunk.
 */
export function callPlaces(): (fragment: ToolCallFragment, at: number) => number {
  const open = new Map<number, Place>();
  const byId = new Map<string, Place>();
  let count = 0;
  return ({ id, index, function: part }, at) => {
    const named = Boolean(part?.name);
    const key = index ?? at;
    const known = (index == null && id ? byId.get(id) : undefined) ?? open.get(key);
    const continued = known !== undefined && !(named && isOther(known, id, index));
    const place = continued ? known : { number: count++, id: '', named };
    if (id) {
      // Only with a name: some servers make up another id for every chunk of the same call.
      if (place.id === '') place.id = id;
      byId.set(id, place);
    }
    place.named ||= named;
    if (!continued) open.set(key, place);
    return place.number;
  };
}

type Place = { readonly number: number; id: string; named: boolean };

/** Whether a fragment with a name is of another call than the one that is open at its place. */
function isOther(known: Place, id: string | null | undefined, index: number | null | undefined): boolean {
  if (id) return known.id !== '' && known.id !== id;
  return index == null && known.named;
}
