/** Every provider name that a profile may carry (pinned in the API). */
export const PROVIDERS = [
  'openai',
  'azure_openai',
  'openai_compatible',
  'deepseek',
  'kimi',
  'doubao_ark',
  'qwen',
  'gemini',
  'nanobanana_dmxapi',
  'anthropic',
  'bedrock',
  'openrouter',
  'groq',
  'mistral',
  'xai',
  'together',
  'ollama',
  'vllm',
] as const;
export type Provider = (typeof PROVIDERS)[number];

/**
 * Providers that runners can call today, with the base URL in force when a
 * profile names none (null: the profile must). From each vendor's API reference.
 */
export const CALLABLE_PROVIDERS: Partial<Record<Provider, string | null>> = {
  openai: 'https://api.openai.com/v1',
  azure_openai: null,
  openai_compatible: null,
  deepseek: 'https://api.deepseek.com/v1',
  kimi: 'https://api.moonshot.cn/v1',
  doubao_ark: 'https://ark.cn-beijing.volces.com/api/v3',
  gemini: 'https://generativelanguage.googleapis.com/v1beta',
  nanobanana_dmxapi: 'https://www.dmxapi.cn/v1beta',
  anthropic: 'https://api.anthropic.com/v1',
  bedrock: 'https://bedrock-runtime.us-east-1.amazonaws.com',
  qwen: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
  openrouter: 'https://openrouter.ai/api/v1',
  groq: 'https://api.groq.com/openai/v1',
  mistral: 'https://api.mistral.ai/v1',
  xai: 'https://api.x.ai/v1',
  together: 'https://api.together.xyz/v1',
  ollama: null,
  vllm: null,
};

/** Servers that people run themselves and that ask for no key unless told to: a profile of theirs may have none. */
export const KEYLESS_PROVIDERS: readonly Provider[] = ['ollama', 'vllm'];
