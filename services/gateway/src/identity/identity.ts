import type { Actor, Role, Scope } from '@sluice/contracts';

/** Who calls: a user by a session of theirs, or an API token in the name of the user who made it. */
export type Identity = {
  readonly userId: string;
  readonly teamId: string;
  readonly role: Role;
  /** When the access token of a session was issued, in milliseconds; not there for an API token. */
  readonly issuedAtMs?: number;
  /** Of which session it is; not there for an API token, nor in access tokens of an older auth. */
  readonly sessionId?: string;
  /** There for an API token alone. */
  readonly token?: { readonly id: string; readonly scopes: readonly Scope[] };
};

/** The caller as other services are told of them. */
export function actorOf({ identity, ip }: { identity: Identity; ip: string }): Actor {
  const { userId, teamId, token } = identity;
  return { userId, teamId, ...(token && { tokenId: token.id }), address: ip };
}
