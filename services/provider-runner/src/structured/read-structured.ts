import type { SchemaChecker, Verdict } from '@sluice/json-schema';
import { type FoundJson, findJson } from './decide-json.ts';
import type { JsonFormat, Misfit } from './decide-repair.ts';

export type Reading =
  | { readonly fits: true; readonly found: FoundJson }
  | { readonly fits: false; readonly misfit: Misfit };

/** The checks of one team, which take turns with those of others. */
export type TeamChecks = {
  readonly refusal: (schema: object) => Promise<string | null>;
  readonly check: (schema: object, document: string) => Promise<Verdict>;
};

export const checksOf = ({ refusal, check }: SchemaChecker, teamId: string): TeamChecks => ({
  refusal: (schema) => refusal(teamId, schema),
  check: (schema, document) => check(teamId, schema, document),
});

const NO_OBJECT = [{ path: '', message: 'must be a JSON object' }];

/** The first value of an answer that fits its format; else what is wrong with the likeliest one. */
export async function readStructured(
  schemas: TeamChecks,
  format: JsonFormat,
  answer: string,
): Promise<Reading> {
  const { found, fault } = findJson(answer);
  let misfit: Misfit = { kind: 'no-json', faults: [{ path: '', message: fault }] };
  for (const one of found) {
    const wrong = await misfitOf(schemas, format, one);
    if (!wrong) return { fits: true, found: one };
    if (wrong.kind === 'unchecked') return { fits: false, misfit: wrong };
    if (misfit.kind === 'no-json') misfit = wrong;
  }
  return { fits: false, misfit };
}

async function misfitOf(
  schemas: TeamChecks,
  format: JsonFormat,
  { text, value }: FoundJson,
): Promise<Misfit | null> {
  if (format.type === 'json_object') {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? null : { kind: 'misfit', faults: NO_OBJECT };
  }
  const verdict = await schemas.check(format.schema, text);
  if (verdict.outcome === 'fits') return null;
  if (verdict.outcome === 'misfit') return { kind: 'misfit', faults: verdict.faults };
  return { kind: 'unchecked', faults: [{ path: '', message: verdict.reason }] };
}
