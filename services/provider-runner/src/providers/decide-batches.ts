/** What a provider takes of texts in one call. */
export type BatchLimits = {
  readonly inputs: number;
  /** UTF-16 units of all texts together; a longer text goes alone. */
  readonly units?: number;
};

/** The texts in the fewest batches that keep their order and the limits. */
export function decideBatches(texts: readonly string[], limits: BatchLimits): string[][] {
  const { inputs, units = Number.POSITIVE_INFINITY } = limits;
  const batches: string[][] = [];
  let held = 0;
  for (const text of texts) {
    const last = batches.at(-1);
    if (last && last.length < inputs && held + text.length <= units) {
      last.push(text);
      held += text.length;
    } else {
      batches.push([text]);
      held = text.length;
    }
  }
  return batches;
}
