import type { AppError } from '@sluice/contracts';
import { errorAnswer } from '../edge/error-answer.ts';

/** The error shape of the OpenAI API (its guide "Error codes"); `param` is the field that is at fault. */
export type OpenAiErrorBody = {
  error: { message: string; type: string; param: string | null; code: string | null };
};

export type OpenAiErrorAnswer = { status: number; headers: Record<string, string>; body: OpenAiErrorBody };

/** Paths whose clients read that API's errors, whether or not there is such a route. */
export const isOpenAiPath = (url: string): boolean => /^\/v1([/?]|$)/.test(url);

/** Codes that clients of that API look for; null where it names none. Ours stand for the rest. */
const CODES: Readonly<Record<string, string | null>> = {
  unauthenticated: 'invalid_api_key',
  rate_limited: 'rate_limit_exceeded',
  budget_exceeded: 'insufficient_quota',
  bad_request: null,
  validation_failed: null,
};

/** A refusal as that API answers it: it knows no 422, and says of a `model` that it cannot serve `model_not_found`. */
export function openAiErrorAnswer(
  error: AppError,
  requestId: string,
  production: boolean,
): OpenAiErrorAnswer {
  const { status: ours, headers, body } = errorAnswer(error, requestId, production);
  const path = error.details?.[0]?.path;
  const ofModel = path === 'model';
  const status = ours === 422 || (ours === 409 && ofModel) ? 400 : ours;
  return {
    status,
    headers,
    body: {
      error: {
        message: body.message,
        type: typeOf(status),
        param: path === undefined || path === '' || path.startsWith('headers.') ? null : paramOf(path),
        code: codeOf(error.code, ofModel),
      },
    },
  };
}

function codeOf(code: string, ofModel: boolean): string | null {
  if (ofModel && code === 'not_found') return 'model_not_found';
  if (ofModel && code === 'conflict') return 'model_ambiguous';
  return code in CODES ? (CODES[code] ?? null) : code;
}

/** `messages.0.content` as that API writes it: `messages[0].content`. */
const paramOf = (path: string): string => path.replaceAll(/\.(\d+)(?=\.|$)/g, '[$1]');

function typeOf(status: number): string {
  if (status === 402) return 'insufficient_quota';
  if (status === 429) return 'requests';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
