import type { SchemaChecker } from '@sluice/json-schema';
import type { GatewayDeps } from '../deps.ts';
import { createLive, type Live } from './live.ts';
import { createWatches, type Watches } from './watches.ts';

/** What routes need beside the gateway's own parts to wait for jobs and to stream them. */
export type LiveParts = { readonly live: Live; readonly watches: Watches };

/** `framesNc` carries everything that may be lost: frames, and what is watched. */
export function createLiveParts(deps: GatewayDeps): LiveParts {
  const { framesNc, subjects, log } = deps;
  return { live: createLive(deps), watches: createWatches({ nc: framesNc, subjects, log }) };
}

/** What routes that make jobs need. */
export type StreamingDeps = GatewayDeps & LiveParts & { readonly schemas: SchemaChecker };
