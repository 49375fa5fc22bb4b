import { z } from 'zod';

/** The parts of Gemini's GenerateContentResponse that are read (Gemini API reference). */
const count = z.int().nonnegative().nullish().catch(null);

/** A piece of streamed arguments (Vertex): what stands at a path of the arguments object, or goes on there. */
const partialArgument = z.object({
  jsonPath: z.string(),
  stringValue: z.string().optional(),
  numberValue: z.number().optional(),
  boolValue: z.boolean().optional(),
  nullValue: z.unknown().optional(),
});
export type PartialArgument = z.infer<typeof partialArgument>;

const functionCall = z.object({
  id: z.string().nullish(),
  name: z.string().nullish(),
  args: z.unknown().optional(),
  partialArgs: z.array(partialArgument).nullish(),
  willContinue: z.boolean().nullish(),
});
export type WireFunctionCall = z.infer<typeof functionCall>;

const part = z.object({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  functionCall: functionCall.nullish(),
  inlineData: z.object({ mimeType: z.string().nullish(), data: z.string() }).nullish(),
  fileData: z.object({ mimeType: z.string().nullish(), fileUri: z.string() }).nullish(),
});
export type WirePart = z.infer<typeof part>;

export const responseSchema = z.object({
  candidates: z
    .array(
      z.object({
        content: z.object({ parts: z.array(part).nullish() }).nullish(),
        finishReason: z.string().nullish(),
      }),
    )
    .nullish(),
  promptFeedback: z.object({ blockReason: z.string().nullish() }).nullish(),
  usageMetadata: z
    .object({
      promptTokenCount: count,
      candidatesTokenCount: count,
      totalTokenCount: count,
      cachedContentTokenCount: count,
      thoughtsTokenCount: count,
    })
    .nullish()
    .catch(null),
  modelVersion: z.string().nullish(),
  responseId: z.string().nullish(),
});
export type WireResponse = z.infer<typeof responseSchema>;

const detail = z.looseObject({
  '@type': z.string().optional(),
  retryDelay: z.string().optional(),
  reason: z.string().optional(),
});

const errorObject = z.object({
  error: z.object({
    code: z.number().nullish(),
    message: z.string().nullish(),
    status: z.string().nullish(),
    details: z.array(detail).nullish().catch(null),
  }),
});
/** Streams answer with a list of one. */
export const errorSchema = z.union([errorObject, z.array(errorObject).min(1)]).transform((body) => {
  const first = Array.isArray(body) ? body[0] : body;
  return first?.error ?? {};
});
export type WireError = z.infer<typeof errorObject>['error'];
