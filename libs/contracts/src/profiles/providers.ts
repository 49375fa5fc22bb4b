/**
 * Every provider that a profile may carry (pinned in the API), with the base URL in force when a profile names none
 * (null: the profile must). From each vendor's API reference. Runners have an adapter for each: their registry does not
 * compile without.
 */
const BASE_URLS = {
  openai: 'https://api.openai.com/v1',
  azure_openai: null,
  openai_compatible: null,
  deepseek: 'https://api.deepseek.com/v1',
  kimi: 'https://api.moonshot.cn/v1',
  doubao_ark: 'https://ark.cn-beijing.volces.com/api/v3',
  qwen: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
  gemini: 'https://generativelanguage.googleapis.com/v1beta',
  nanobanana_dmxapi: 'https://www.dmxapi.cn/v1beta',
  anthropic: 'https://api.anthropic.com/v1',
  bedrock: 'https://bedrock-runtime.us-east-1.amazonaws.com',
  openrouter: 'https://openrouter.ai/api/v1',
  groq: 'https://api.groq.com/openai/v1',
  mistral: 'https://api.mistral.ai/v1',
  xai: 'https://api.x.ai/v1',
  together: 'https://api.together.xyz/v1',
  ollama: null,
  vllm: null,
} as const satisfies Record<string, string | null>;

export type Provider = keyof typeof BASE_URLS;
export const PROVIDERS = Object.keys(BASE_URLS) as [Provider, ...Provider[]];
export const USUAL_BASE_URLS: Readonly<Record<Provider, string | null>> = BASE_URLS;

/** Servers that people run themselves and that ask for no key unless told to: a profile of theirs may have none. */
export const KEYLESS_PROVIDERS: readonly Provider[] = ['ollama', 'vllm'];
