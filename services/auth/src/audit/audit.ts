import type { Actor, AuditAction, AuditEntry } from '@sluice/contracts';

/** A change that goes into the audit log. The team is the actor's unless it is named; the operator's always is. */
export type AuditedChange = {
  readonly actor: Actor | 'operator';
  readonly teamId: string;
  readonly action: AuditAction;
  readonly target: AuditEntry['target'];
  readonly details?: AuditEntry['details'];
  readonly requestId: string;
};

/**
 * Makes a change and leaves its entry in the audit log: the entry is written before the change, and taken back when
 * the change throws, so that a crash between the two leaves an entry too many, never one too few.
 */
export type Audit = <Result>(change: AuditedChange, make: () => Promise<Result>) => Promise<Result>;
