import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { UsageBasis } from '../../cost/decide-cost.ts';
import type { Failure } from '../../job/failure.ts';
import type { HttpHeaders } from '../http-exchange.ts';
import type { ChatCall } from '../provider.ts';
import type { PartsContext } from './read-parts.ts';

/** What sets one `@ai-sdk/*` package apart from the others. */
export type AiSdkVendor = PartsContext & {
  /**
   * The package's model for one call, made with the call's own key and base URL, and with `fetch` as its only way out.
   * Leave nothing out that the package would else take from the environment. Import the package here, when it is first
   * needed: they are large.
   */
  readonly model: (call: ChatCall, fetch: typeof globalThis.fetch) => Promise<LanguageModelV4>;
  /** How the counters of `countersOf` count. */
  readonly usageBasis: UsageBasis;
  /** The part of a profile's key that nobody may see. */
  readonly secretOf: (apiKey: string) => string;
  /** An answer with a status that is no success; `text` is its body. */
  readonly failureOfAnswer: (status: number, headers: HttpHeaders, text: string, apiKey: string) => Failure;
  /** An error inside an answer with a 200, as the package hands it on; undefined for one that is not the vendor's. */
  readonly failureInside: (error: unknown, apiKey: string) => Failure | undefined;
};
