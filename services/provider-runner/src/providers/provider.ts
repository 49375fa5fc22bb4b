import type {
  ChatInput,
  ChatParams,
  ChatResult,
  DeltaContent,
  EmbeddingInput,
  ImageInput,
  ImageType,
} from '@sluice/contracts';
import type { UsageBasis } from '../cost/decide-cost.ts';
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

/** Input images are bytes: who calls an adapter has fetched those that were given by a URL. */
export type InputImage = { readonly mimeType: ImageType; readonly bytes: Uint8Array };

export type ImageCall = Omit<ImageInput, 'images'> & {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
  readonly images?: readonly InputImage[];
  /** Ends the call; `images` then rejects with its reason. */
  readonly signal: AbortSignal;
};

/** An image as a provider hands it over: its bytes, or where they can be fetched for a while. */
export type MadeImage = ({ readonly bytes: Uint8Array } | { readonly url: string }) & {
  readonly revisedPrompt?: string;
};

/** `text` is what the model wrote beside its images. */
export type ImageAnswer = Pick<ChatResult, 'text' | 'finishReason' | 'model' | 'usage'> & {
  readonly images: readonly MadeImage[];
};

export type EmbedCall = EmbeddingInput & {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
  /** Ends the call; `embed` then rejects with its reason. */
  readonly signal: AbortSignal;
};

/** One vector for each text, in the texts' order. */
export type EmbedAnswer = Pick<ChatResult, 'model' | 'usage'> & { readonly embeddings: number[][] };

export type Outcome<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly failure: Failure };
export type ChatOutcome = Outcome<ChatAnswer>;

/**
 * One way to call providers. What goes wrong out there is an outcome; only an abort rejects. What a provider cannot do
 * it does not have.
 */
export type Provider = {
  readonly chat: (call: ChatCall) => Promise<ChatOutcome>;
  readonly images?: (call: ImageCall) => Promise<Outcome<ImageAnswer>>;
  readonly embed?: (call: EmbedCall) => Promise<Outcome<EmbedAnswer>>;
  /** How it counts tokens; left out, as OpenAI does. */
  readonly usageBasis?: UsageBasis;
};

export const failed = (failure: Failure): Extract<ChatOutcome, { ok: false }> => ({ ok: false, failure });
