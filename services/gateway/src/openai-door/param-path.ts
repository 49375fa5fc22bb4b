/** The request's names of what the internal form names otherwise. */
const PARAMS: Readonly<Record<string, string>> = {
  topP: 'top_p',
  maxTokens: 'max_tokens',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  reasoningEffort: 'reasoning_effort',
};
const IN_MESSAGE: Readonly<Record<string, string>> = {
  toolCalls: 'tool_calls',
  toolCallId: 'tool_call_id',
  reasoning: 'reasoning_details',
  name: 'function.name',
  argumentsText: 'function.arguments',
  url: 'image_url.url',
};

/** Where the request says what stands at `path` of the chat input that was made of it; dotted. */
export function paramPath(
  [field = '', ...rest]: readonly string[],
  { max_completion_tokens: newer }: { max_completion_tokens?: unknown },
): string {
  switch (field) {
    case 'messages':
      return [field, ...rest.map((name) => IN_MESSAGE[name] ?? name)].join('.');
    case 'params': {
      const [name = '', ...deeper] = rest;
      if (name === 'maxTokens' && newer != null) return 'max_completion_tokens';
      return [PARAMS[name] ?? name, ...deeper].join('.');
    }
    case 'tools':
      return [field, ...rest.slice(0, 1), 'function', ...rest.slice(1)].join('.');
    case 'toolChoice':
      return ['tool_choice', ...(rest.length > 0 ? ['function', ...rest] : [])].join('.');
    case 'responseFormat':
      return ['response_format', ...(rest[0] === 'type' ? rest : ['json_schema', ...rest])].join('.');
    default:
      return [field, ...rest].join('.');
  }
}
