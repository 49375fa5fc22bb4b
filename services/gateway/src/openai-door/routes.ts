import type { GatewayApp } from '../edge/gateway-app.ts';
import type { StreamingDeps } from '../live/live-parts.ts';
import { chatCompletionsRoute } from './chat-route.ts';
import { embeddingsRoute } from './embeddings-route.ts';
import { modelsRoutes } from './models-routes.ts';

/** `/v1`: what clients of the OpenAI API need, unchanged. */
export function openAiRoutes(app: GatewayApp, deps: StreamingDeps): void {
  chatCompletionsRoute(app, deps);
  embeddingsRoute(app, deps);
  modelsRoutes(app, deps);
}
