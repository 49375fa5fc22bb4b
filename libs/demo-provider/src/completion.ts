import { answerText, piecesOf, usageOf } from './answer.ts';
import type { ChatRequest } from './chat-request.ts';
import type { Script } from './script.ts';

/** A completion before it has a form: the same one is answered at once or as a stream. */
export type Completion = {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly text: string;
  readonly pieces: readonly string[];
  readonly finish: string;
  readonly usage: ReturnType<typeof usageOf>;
};

/** A body in parts: what precedes the content, the content chunk by chunk, and what follows. */
export type Parts = { readonly head: string; readonly chunks: readonly string[]; readonly tail: string };

export function complete(id: string, request: ChatRequest, script: Script): Completion {
  const text = answerText(request.question, script);
  return {
    id,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    text,
    pieces: request.stream ? piecesOf(text, script) : [],
    finish: script.finish,
    usage: usageOf(request.texts, text),
  };
}

/** The `chat.completion` object as text, cut in half when it is to be malformed. */
export function completionBody(completion: Completion, malformed: boolean): string {
  const body = JSON.stringify({
    id: completion.id,
    object: 'chat.completion',
    created: completion.created,
    model: completion.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: completion.text, refusal: null },
        logprobs: null,
        finish_reason: completion.finish,
      },
    ],
    usage: completion.usage,
  });
  return malformed ? body.slice(0, body.length / 2) : body;
}

/** A whole body as parts, to stop in the middle of: cut into `count` pieces of about equal length. */
export function bodyParts(body: string, count: number): Parts {
  const size = Math.ceil(body.length / count);
  return {
    head: '',
    chunks: Array.from({ length: count }, (_, at) => body.slice(at * size, (at + 1) * size)),
    tail: '',
  };
}

/**
 * The completion as server-sent events: the role, one event a piece, the finish reason, with `includeUsage`
 * an event with the usage and no choices, `[DONE]`. When it is to be malformed, the event after the first
 * piece is broken JSON.
 */
export function streamParts(completion: Completion, includeUsage: boolean, malformed: boolean): Parts {
  const { id, created, model } = completion;
  const event = (choices: readonly unknown[], usage: unknown) => {
    const chunk = { id, object: 'chat.completion.chunk', created, model, choices };
    return `data: ${JSON.stringify(includeUsage ? { ...chunk, usage } : chunk)}\n\n`;
  };
  const choice = (delta: object, finish: string | null) => [
    { index: 0, delta, logprobs: null, finish_reason: finish },
  ];

  const chunks = completion.pieces.map((content) => event(choice({ content }, null), null));
  if (malformed) {
    chunks.splice(1, 0, `data: {"id":"${id}","object":"chat.compl\n\n`);
  }
  return {
    head: event(choice({ role: 'assistant', content: '', refusal: null }, null), null),
    chunks,
    tail: `${event(choice({}, completion.finish), null)}${includeUsage ? event([], completion.usage) : ''}data: [DONE]\n\n`,
  };
}
