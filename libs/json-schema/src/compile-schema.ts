import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { faultOf } from './fault-of.ts';

/** Drafts whose schemas, written by common generators, mean the same in 2020-12 or fail to compile there. */
const KNOWN_DRAFTS = /^https?:\/\/json-schema\.org\/draft(\/2020-12|\/2019-09|-07|-06)\/schema#?$/;

const metaSchema = new Ajv2020({ strict: false, logger: false });

/**
 * A client's JSON Schema as a function, by draft 2020-12, with formats asserted. Each schema has an Ajv of its own: an
 * instance remembers every `$id`, so one client's schema would clash with, or answer the `$ref` of, another's. What
 * is not within the schema itself is never fetched. Throws an Error that says what is wrong with the schema.
 */
export function compileSchema(text: string): ValidateFunction {
  // Ajv's own `$async` would make a Promise of every verdict; the draft does not know it. Ajv refuses it further in.
  const { $schema, $async: _, ...schema } = JSON.parse(text) as Record<string, unknown>;
  if ($schema !== undefined && !(typeof $schema === 'string' && KNOWN_DRAFTS.test($schema))) {
    throw new Error('$schema must be https://json-schema.org/draft/2020-12/schema, or be left out');
  }
  if (!metaSchema.validateSchema(schema)) {
    const [error] = metaSchema.errors ?? [];
    const { path, message } = error ? faultOf(error) : { path: '', message: 'is no JSON Schema' };
    throw new Error(path ? `${path}: ${message}` : message);
  }
  const ajv = new Ajv2020({
    strict: false,
    meta: false,
    validateSchema: false,
    logger: false,
    allErrors: true,
    // Without this `required: ["constructor"]` holds for every object.
    ownProperties: true,
    // A definition is compiled once, not at each of its thousand references.
    inlineRefs: false,
  });
  formats.default(ajv);
  return ajv.compile(schema);
}
