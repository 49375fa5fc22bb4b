/** What of a chat completion request the demo provider looks at. */
export type ChatRequest = {
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** The texts of all messages, in order; images and other parts are left out. */
  readonly texts: readonly string[];
  /** The text of the last user message, or '' without one. */
  readonly question: string;
};

type Json = { readonly [name: string]: unknown };

/** Reads a parsed JSON body; answers the complaint instead when it is not a chat completion request. */
export function parseChatRequest(
  body: unknown,
): { request: ChatRequest } | { fault: string; param: string | null } {
  if (!isObject(body)) {
    return { fault: 'The body is not a JSON object.', param: null };
  }
  const { model, messages, stream, stream_options: options } = body;
  if (typeof model !== 'string' || model === '') {
    return { fault: 'you must provide a model parameter', param: 'model' };
  }
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isObject)) {
    return { fault: "'messages' has to be a non-empty array of objects", param: 'messages' };
  }
  const last = messages.findLast((message: Json) => message['role'] === 'user');
  return {
    request: {
      model,
      stream: stream === true,
      includeUsage: isObject(options) && options['include_usage'] === true,
      texts: messages.map((message: Json) => textOf(message['content'])),
      question: last === undefined ? '' : textOf(last['content']),
    },
  };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') {
    return content;
  }
  if (!Array.isArray(content)) {
    return '';
  }
  return content
    .map((part: unknown) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
