import type { ChatInput, ChatParams, ChatResult, DeltaContent } from '@sluice/contracts';
import type { Failure } from '../job/failure.ts';

export type ChatCall = {
  readonly baseUrl: string;
  /** Empty where the provider asks for none: no credential is sent then. */
  readonly apiKey: string;
  readonly model: string;
  readonly messages: ChatInput['messages'];
  readonly params: ChatParams;
  readonly tools?: ChatInput['tools'];
  readonly toolChoice?: ChatInput['toolChoice'];
  readonly responseFormat?: ChatInput['responseFormat'];
  readonly stream: boolean;
  /** Ends the call; `chat` then rejects with its reason. */
  readonly signal: AbortSignal;
  /** What came, as it came; only when streaming. */
  readonly onDelta: (content: DeltaContent) => void;
};

/** What a provider knows of a result; `model` is the one that answered. */
export type ChatAnswer = Pick<
  ChatResult,
  'text' | 'reasoningText' | 'reasoning' | 'toolCalls' | 'finishReason' | 'model' | 'usage'
> & {
  readonly responseId: string | null;
  /** The provider refused the response format, and was asked for it in words. */
  readonly responseFormatDropped?: true;
};

export type ChatOutcome =
  | { readonly ok: true; readonly answer: ChatAnswer }
  | { readonly ok: false; readonly failure: Failure };

/** One way to call providers. What goes wrong out there is an outcome; only an abort rejects. */
export type Provider = { readonly chat: (call: ChatCall) => Promise<ChatOutcome> };

export const failed = (failure: Failure): ChatOutcome => ({ ok: false, failure });
