import { z } from 'zod';
import { idSchema } from '../ids.ts';

const at = z.iso.datetime();

/**
 * What the runners know together of one provider under one key: the last message of `breakers.<circuit>`. A circuit
 * without a message is closed.
 */
export const circuitSchema = z.object({
  v: z.literal(1),
  /** Of calls one after the other, at whichever runner. */
  failures: z.int().nonnegative(),
  /** No call before; null while the circuit is closed. */
  openUntil: at.nullable(),
  /** The one job that may call an open circuit after its time, and how long nobody else may. */
  probe: z.object({ jobId: idSchema, until: at }).nullable(),
  at,
});
export type Circuit = z.infer<typeof circuitSchema>;
