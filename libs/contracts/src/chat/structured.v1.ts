import { z } from 'zod';
import { chatParamsSchema, jobBodySettings } from './chat.v1.ts';
import { chatMessageBodySchema, responseFormatSchema } from './message.v1.ts';

/** The answer must be JSON: text is what a chat is for. */
export const requiredFormat = {
  responseFormat: responseFormatSchema.refine(({ type }) => type !== 'text', {
    path: ['type'],
    message: 'must be json_object or json_schema',
  }),
};

/** Body of `POST /api/llm/structured-test`. `overrideParams` count before the profile's own. */
export const structuredTestBodySchema = z.strictObject({
  messages: z.array(chatMessageBodySchema).min(1).max(50),
  ...requiredFormat,
  overrideParams: chatParamsSchema.optional(),
  ...jobBodySettings,
});
export type StructuredTestBody = z.infer<typeof structuredTestBodySchema>;
