import { AppError, type RouteAccess } from '@sluice/contracts';

type Caller = { readonly role: string; readonly token?: { readonly scopes: readonly string[] } };

/** Throws AppError `forbidden` when a route does not serve this caller: an API token by its scopes, a user by role. */
export function decideAccess(access: Exclude<RouteAccess, 'open'>, { role, token }: Caller): void {
  if (token === undefined) {
    if (access.role !== undefined && role !== access.role)
      throw forbidden(`Only an ${access.role} may do this.`);
    return;
  }
  if (access.scope === undefined) throw forbidden('An API token cannot do this; log in as a user.');
  if (access.scope !== 'any' && !token.scopes.includes(access.scope)) {
    throw forbidden(`The API token lacks the scope ${access.scope}.`);
  }
}

function forbidden(message: string): AppError {
  return new AppError('forbidden', message);
}
