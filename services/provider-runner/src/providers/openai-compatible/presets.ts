import type { Provider } from '@sluice/contracts';
import type { BatchLimits } from '../decide-batches.ts';

/** How a vendor differs from OpenAI's own API. From each vendor's API reference. */
export type Preset = {
  /** The path under which the API lies; see apiUrl. */
  readonly version: string;
  /** The header that carries the key, with what stands before it. */
  readonly keyHeader: 'authorization' | 'api-key';
  /** Whether the vendor has OpenAI's `/responses` at all, so that it is worth asking for. */
  readonly responses: 'by model' | 'for json';
  /** Reasoning can be switched off by `thinking: { type: 'disabled' }` (Ark), which structured output needs there. */
  readonly thinkingSwitch?: true;
  /** Chat completions want the reasoning that led to tool calls back with them, as `reasoning_content`. */
  readonly reasoningBack?: true;
  /** The vendor's name of the parameter `seed` in chat completions. */
  readonly seedName?: 'random_seed';
  /** Reasoning is counted beside the output. */
  readonly reasoningApart?: true;
  /** In whose form images are asked for; null where the vendor makes none by an API of this kind. */
  readonly images: 'openai' | 'ark' | null;
  /** What one call takes, and how numbers are asked for; null where the vendor has no embeddings. */
  readonly embeddings: (BatchLimits & { readonly encoding: 'base64' | 'float' }) | null;
};

/** Of what speaks OpenAI's API without being OpenAI: not everyone knows base64. */
const EMBEDDINGS = { inputs: 2048, encoding: 'float' } as const;
const OPENAI: Preset = {
  version: '/v1',
  keyHeader: 'authorization',
  responses: 'by model',
  images: 'openai',
  // 2048 texts of 300,000 tokens together, counted as if every character were one.
  embeddings: { inputs: 2048, units: 300_000, encoding: 'base64' },
};
const COMPATIBLE: Preset = { ...OPENAI, embeddings: EMBEDDINGS };
const TEXT_ALONE: Preset = { ...OPENAI, images: null, embeddings: null };

/** The vendors that speak OpenAI's API; what a line does not name is as at OpenAI. */
export const PRESETS = {
  openai: OPENAI,
  /** `{resource}/openai/v1` (Azure's v1 API, which needs no `api-version`). */
  azure_openai: { ...OPENAI, version: '/openai/v1', keyHeader: 'api-key' },
  openai_compatible: COMPATIBLE,
  deepseek: { ...TEXT_ALONE, reasoningBack: true },
  kimi: { ...TEXT_ALONE, reasoningBack: true },
  doubao_ark: {
    ...OPENAI,
    ...{ version: '/api/v3', responses: 'for json', thinkingSwitch: true },
    ...{ images: 'ark', embeddings: { inputs: 256, encoding: 'float' } },
  },
  /** `text-embedding-v3` and `-v4` take ten texts. */
  qwen: {
    ...TEXT_ALONE,
    version: '/compatible-mode/v1',
    embeddings: { inputs: 10, encoding: 'float' },
  },
  openrouter: { ...TEXT_ALONE, version: '/api/v1', embeddings: EMBEDDINGS },
  groq: { ...TEXT_ALONE, version: '/openai/v1' },
  /** 16,384 tokens in one call. */
  mistral: {
    ...TEXT_ALONE,
    seedName: 'random_seed',
    embeddings: { inputs: 512, units: 16_384, encoding: 'float' },
  },
  xai: { ...OPENAI, embeddings: null, reasoningApart: true },
  together: COMPATIBLE,
  ollama: COMPATIBLE,
  vllm: COMPATIBLE,
} as const satisfies Partial<Record<Provider, Preset>>;

/** The header with a profile's key; none where it has no key. */
export function keyHeaderOf({ keyHeader: name }: Preset, apiKey: string): Record<string, string> {
  if (apiKey === '') return {};
  return { [name]: name === 'authorization' ? `Bearer ${apiKey}` : apiKey };
}
