import type { Usage } from '@sluice/contracts';
import { z } from 'zod';
import { createAiSdkProvider } from '../ai-sdk/adapter.ts';
import type { AiSdkVendor } from '../ai-sdk/vendor.ts';
import type { AdapterDeps } from '../chat-exchange.ts';
import type { Provider } from '../provider.ts';
import { credentialsOf, regionOf } from './credentials.ts';
import { failureOfAnswer, failureOfException } from './errors.ts';

/** Amazon Bedrock's Converse API. */
export function createBedrock(deps: AdapterDeps): Provider {
  return createAiSdkProvider(BEDROCK, deps);
}

const BEDROCK: AiSdkVendor = {
  name: 'bedrock',
  async model({ apiKey, baseUrl, model }, fetch) {
    const { createAmazonBedrock } = await import('@ai-sdk/amazon-bedrock');
    return createAmazonBedrock({
      // Without it the package would look for a key in the environment, even where an access key is given.
      apiKey: '',
      ...credentialsOf(apiKey),
      region: regionOf(baseUrl),
      baseURL: baseUrl.replace(/\/+$/, ''),
      fetch,
    })(model);
  },
  secretOf,
  countersOf,
  // Claude's price for writing, 1.25 of an input token, is Bedrock's too (Amazon Bedrock pricing).
  usageBasis: { inputHoldsCached: false, outputHoldsReasoning: true, cacheWriteFactor: 1.25 },
  failureOfAnswer: (status, headers, text, apiKey) =>
    failureOfAnswer(status, headers, text, secretOf(apiKey)),
  failureInside(error, apiKey) {
    const { data } = streamErrorSchema.safeParse(error);
    return data && failureOfException(200, { name: data.type, message: data.message }, secretOf(apiKey));
  },
};

function secretOf(apiKey: string): string {
  const credentials = credentialsOf(apiKey);
  return 'apiKey' in credentials ? credentials.apiKey : credentials.secretAccessKey;
}

/** An exception of the stream, as the package hands it on. */
const streamErrorSchema = z.object({ type: z.string().regex(/Exception$/), message: z.string() });

const count = z.int().nonnegative().nullish().catch(null);
const usageSchema = z.object({
  inputTokens: count,
  outputTokens: count,
  totalTokens: count,
  cacheReadInputTokens: count,
  cacheWriteInputTokens: count,
});

/** `inputTokens` leaves out what came from the cache or went into it (Bedrock API reference, TokenUsage). */
function countersOf(raw: unknown): Partial<Usage> {
  const usage = usageSchema.safeParse(raw).data;
  return {
    inputTokens: usage?.inputTokens ?? null,
    outputTokens: usage?.outputTokens ?? null,
    totalTokens: usage?.totalTokens ?? null,
    cachedInputTokens: usage?.cacheReadInputTokens ?? null,
    ...(usage?.cacheWriteInputTokens && { cacheWriteTokens: usage.cacheWriteInputTokens }),
  };
}
