import { AppError } from '@sluice/contracts';
import type { GatewayApp } from './gateway-app.ts';

/** RFC 7396: what the bodies of our PATCH routes are; clients that say plain JSON mean the same. */
export const MERGE_PATCH = 'application/merge-patch+json';

/**
 * Reads JSON, and an empty body as none, whatever its content type: many clients name the type of a body that they do
 * not send. Whether a body is needed is the route's to say (validation.ts).
 */
export function readJsonBodies(app: GatewayApp): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, undefined);
    return parse(request, body, done);
  });
  app.addContentTypeParser<string>(MERGE_PATCH, { parseAs: 'string' }, (request, body, done) => {
    if (request.method !== 'PATCH') return done(new AppError('bad_request', `${MERGE_PATCH} is for PATCH.`));
    if (body === '') return done(null, undefined);
    return parse(request, body, done);
  });
}
