import type { Provider as ProviderName } from '@sluice/contracts';
import { createAnthropic } from './anthropic/adapter.ts';
import { createBedrock } from './bedrock/adapter.ts';
import type { AdapterDeps } from './chat-exchange.ts';
import { createGemini } from './gemini/adapter.ts';
import { createNanoBanana } from './nanobanana/adapter.ts';
import { createOpenAiCompatible } from './openai-compatible/adapter.ts';
import { PRESETS, type Preset } from './openai-compatible/presets.ts';
import type { Provider } from './provider.ts';

type CreateProvider = (deps: AdapterDeps) => Provider;

const compatible =
  (preset: Preset): CreateProvider =>
  (deps) =>
    createOpenAiCompatible(preset, deps);

/** Every provider that a runner can call: one line each. */
const PROVIDERS: Readonly<Record<ProviderName, CreateProvider>> = {
  openai: compatible(PRESETS.openai),
  azure_openai: compatible(PRESETS.azure_openai),
  openai_compatible: compatible(PRESETS.openai_compatible),
  deepseek: compatible(PRESETS.deepseek),
  kimi: compatible(PRESETS.kimi),
  doubao_ark: compatible(PRESETS.doubao_ark),
  qwen: compatible(PRESETS.qwen),
  openrouter: compatible(PRESETS.openrouter),
  groq: compatible(PRESETS.groq),
  mistral: compatible(PRESETS.mistral),
  xai: compatible(PRESETS.xai),
  together: compatible(PRESETS.together),
  ollama: compatible(PRESETS.ollama),
  vllm: compatible(PRESETS.vllm),
  gemini: createGemini,
  nanobanana_dmxapi: (deps) => createNanoBanana(deps),
  anthropic: createAnthropic,
  bedrock: createBedrock,
};

/** How each provider is called; undefined for a name that this runner does not know. */
export type ProviderRegistry = (name: ProviderName) => Provider | undefined;

/** Adapters are made when they are first asked for, and kept: what one learns of a server serves every job. */
export function createProviderRegistry(deps: AdapterDeps): ProviderRegistry {
  const made = new Map<ProviderName, Provider>();
  return (name) => {
    const create = PROVIDERS[name];
    const provider = made.get(name) ?? create?.(deps);
    if (provider) made.set(name, provider);
    return provider;
  };
}
