import type { Provider as ProviderName } from '@sluice/contracts';
import type { AdapterDeps } from './chat-exchange.ts';
import { createOpenAiCompatible } from './openai-compatible/adapter.ts';
import { PRESETS, type Preset } from './openai-compatible/presets.ts';
import type { Provider } from './provider.ts';

/** How each provider is called; undefined for one that cannot be called yet. */
export type ProviderRegistry = (name: ProviderName) => Provider | undefined;

export function createProviderRegistry(deps: AdapterDeps): ProviderRegistry {
  const made = new Map<ProviderName, Provider>();
  const presets: Partial<Record<ProviderName, Preset>> = PRESETS;
  return (name) => {
    const known = made.get(name);
    const preset = presets[name];
    if (known !== undefined || preset === undefined) return known;
    const provider = createOpenAiCompatible(preset, deps);
    made.set(name, provider);
    return provider;
  };
}
