import { CALLABLE_PROVIDERS, type Provider as ProviderName } from '@sluice/contracts';
import type { AdapterDeps } from './chat-exchange.ts';
import { createOpenAiCompatible } from './openai-compatible/adapter.ts';
import type { Provider } from './provider.ts';

/** How each provider is called; undefined for one that cannot be called yet. */
export type ProviderRegistry = (name: ProviderName) => Provider | undefined;

export function createProviderRegistry(deps: AdapterDeps): ProviderRegistry {
  const openAiCompatible = createOpenAiCompatible(deps);
  return (name) => (Object.hasOwn(CALLABLE_PROVIDERS, name) ? openAiCompatible : undefined);
}
