export { createSchemaChecker, type SchemaChecker } from './checker.ts';
export type { SchemaFault, Verdict } from './verdict.ts';
