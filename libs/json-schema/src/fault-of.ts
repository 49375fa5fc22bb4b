import type { ErrorObject } from 'ajv';
import type { SchemaFault } from './verdict.ts';

const SHOWN_UNITS = 300;

/** Ajv's error with what its own message leaves out, for people and for the model that is to correct it. */
export function faultOf({
  instancePath,
  keyword,
  message = 'does not fit',
  params,
}: ErrorObject): SchemaFault {
  return { path: cut(dotted(instancePath)), message: cut(`${message}${detailOf(keyword, params)}`) };
}

function detailOf(keyword: string, params: Record<string, unknown>): string {
  switch (keyword) {
    case 'enum':
      return `: ${JSON.stringify(params['allowedValues'])}`;
    case 'const':
      return `: ${JSON.stringify(params['allowedValue'])}`;
    case 'additionalProperties':
      return `: ${JSON.stringify(params['additionalProperty'])}`;
    case 'unevaluatedProperties':
      return `: ${JSON.stringify(params['unevaluatedProperty'])}`;
    default:
      return '';
  }
}

/** Names and values of a document may be as long as the document. */
function cut(text: string): string {
  return text.length > SHOWN_UNITS ? `${text.slice(0, SHOWN_UNITS)}…` : text;
}

/** A JSON pointer (RFC 6901) in the form of the API's other errors. */
function dotted(pointer: string): string {
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
}
