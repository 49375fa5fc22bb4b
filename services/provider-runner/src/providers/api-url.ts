/**
 * Where an API's operation is, below the base URL of a profile. `version` is the path under which the vendor keeps its
 * API (`/v1`, `/v1beta`, `/api/v3`): it is added where the base URL lacks it or a part of it, and never doubled; a base
 * URL that ends in any version of its own (`/openai/v1`, `/compatible-mode/v1`, `/api/paas/v4`) keeps that one. A
 * trailing slash is of no account, an operation that was pasted with the URL neither; a query is kept.
 */
export function apiUrl(baseUrl: string, version: string, operation: string): URL {
  const url = new URL(baseUrl);
  const base = url.pathname.replace(/\/+$/, '').replace(OPERATION, '');
  url.pathname = `${VERSION.test(base) ? base : withVersion(base, version)}${operation}`;
  return url;
}

const VERSION = /\/v\d+(?:(?:alpha|beta)\d*)?$/;
/** What people copy from an example call. */
const OPERATION = /\/(?:chat\/completions|responses|embeddings|images\/generations|messages|models)$/;

function withVersion(base: string, version: string): string {
  const wanted = version.split('/').filter((part) => part !== '');
  const given = base.split('/').filter((part) => part !== '');
  for (let shared = Math.min(wanted.length, given.length); shared > 0; shared -= 1) {
    if (given.slice(-shared).join('/') === wanted.slice(0, shared).join('/')) {
      return `${base}${wanted
        .slice(shared)
        .map((part) => `/${part}`)
        .join('')}`;
    }
  }
  return base + version;
}
