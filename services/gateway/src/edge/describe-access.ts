import type { RouteAccess } from '@sluice/contracts';

/** Whom a route serves, as `/docs` says it; undefined where that is everybody. */
export function describeAccess(access: RouteAccess): string | undefined {
  if (access === 'open') return undefined;
  const { scope, role } = access;
  const tokens = scope === undefined ? 'none' : scope === 'any' ? 'any' : `\`${scope}\``;
  return `API tokens: ${tokens}.${role === 'owner' ? ' Owners alone.' : ''}`;
}
