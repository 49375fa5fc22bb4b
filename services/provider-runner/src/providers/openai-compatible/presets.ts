import type { Provider } from '@sluice/contracts';

/** How a vendor differs from OpenAI's own API. From each vendor's API reference. */
export type Preset = {
  /** The path under which the API lies; see apiUrl. */
  readonly version: string;
  /** The header that carries the key, with what stands before it. */
  readonly keyHeader: 'authorization' | 'api-key';
  /** Whether the vendor has OpenAI's `/responses` at all, so that it is worth asking for. */
  readonly responses: 'by model' | 'never' | 'for json';
  /** Reasoning can be switched off by `thinking: { type: 'disabled' }` (Ark), which structured output needs there. */
  readonly thinkingSwitch?: true;
};

const OPENAI: Preset = { version: '/v1', keyHeader: 'authorization', responses: 'by model' };

/** The vendors that speak OpenAI's API; what a line does not name is as at OpenAI. */
export const PRESETS = {
  openai: OPENAI,
  /** `{resource}/openai/v1` (Azure's v1 API, which needs no `api-version`). */
  azure_openai: { ...OPENAI, version: '/openai/v1', keyHeader: 'api-key' },
  openai_compatible: OPENAI,
  deepseek: OPENAI,
  kimi: OPENAI,
  doubao_ark: { ...OPENAI, version: '/api/v3', responses: 'for json', thinkingSwitch: true },
  qwen: { ...OPENAI, version: '/compatible-mode/v1' },
  openrouter: { ...OPENAI, version: '/api/v1' },
  groq: { ...OPENAI, version: '/openai/v1' },
  mistral: OPENAI,
  xai: OPENAI,
  together: OPENAI,
  ollama: OPENAI,
  vllm: OPENAI,
} as const satisfies Partial<Record<Provider, Preset>>;
