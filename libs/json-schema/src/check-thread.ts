import { parentPort } from 'node:worker_threads';
import type { ValidateFunction } from 'ajv';
import { compileSchema } from './compile-schema.ts';
import { faultOf } from './fault-of.ts';
import type { CheckRequest, Verdict } from './verdict.ts';

const MAX_FAULTS = 20;
/** Compiled schemas are kept while they are used, 8 MB of schema text at most. */
const KEPT_UNITS = 8 * 1024 * 1024;

const compiled = new Map<string, ValidateFunction>();
let keptUnits = 0;

parentPort?.on('message', (request: CheckRequest) => parentPort?.postMessage(verdictOn(request)));
parentPort?.postMessage('ready');

function verdictOn({ schema, document }: CheckRequest): Verdict {
  let validate: ValidateFunction;
  try {
    validate = compiledSchema(schema);
  } catch (error) {
    return { outcome: 'unusable', reason: messageOf(error) };
  }
  if (document === null) return tried(validate);
  try {
    if (validate(JSON.parse(document)) === true) return { outcome: 'fits' };
  } catch (error) {
    // A schema that refers to itself goes as deep as the document.
    return { outcome: 'unchecked', reason: messageOf(error) };
  }
  return { outcome: 'misfit', faults: (validate.errors ?? []).slice(0, MAX_FAULTS).map(faultOf) };
}

/** A schema that refers to itself and to nothing else compiles, and then fails for whatever it is applied to. */
function tried(validate: ValidateFunction): Verdict {
  try {
    for (const document of [null, {}, [], '', 0]) validate(document);
  } catch (error) {
    return { outcome: 'unusable', reason: `cannot be applied to anything: ${messageOf(error)}` };
  }
  return { outcome: 'fits' };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function compiledSchema(text: string): ValidateFunction {
  const known = compiled.get(text);
  if (known) {
    compiled.delete(text);
    compiled.set(text, known);
    return known;
  }
  const validate = compileSchema(text);
  compiled.set(text, validate);
  keptUnits += text.length;
  for (const oldest of compiled.keys()) {
    if (keptUnits <= KEPT_UNITS) break;
    compiled.delete(oldest);
    keptUnits -= oldest.length;
  }
  return validate;
}
