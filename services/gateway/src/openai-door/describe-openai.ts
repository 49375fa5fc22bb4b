import { z } from 'zod';
import type { RouteAnswer } from '../edge/describe-route.ts';

const openAiError = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .meta({ id: 'OpenAiError', description: 'An error as the OpenAI API has it.' });

/** An answer whose form that API's reference describes. */
export const openAiAnswer = (description: string): RouteAnswer => ({
  description: `${description}, as the OpenAI API reference describes it`,
  schema: z.looseObject({}),
});

/** How routes of that API refuse: by its statuses, in its shape. */
export const OPENAI_ERROR = { refusals: [404, 409], errorSchema: openAiError } as const;
