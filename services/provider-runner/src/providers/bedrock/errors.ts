import type { JobErrorCode } from '@sluice/contracts';
import { z } from 'zod';
import type { Failure } from '../../job/failure.ts';
import { codeOfStatus, failureOfVendorError, messageOfText, parseJson } from '../answer-failures.ts';
import { first, type HttpHeaders } from '../http-exchange.ts';
import { ownEntry } from '../own-entry.ts';

const bodySchema = z.object({
  message: z.string().nullish(),
  Message: z.string().nullish(),
  __type: z.string().nullish(),
  type: z.string().nullish(),
});

/**
 * An answer with a status that is no success. The exception's name stands in `x-amzn-errortype`, before a colon, or in
 * the body, after a hash (AWS JSON and REST-JSON protocols, operation errors).
 */
export function failureOfAnswer(status: number, headers: HttpHeaders, text: string, secret: string): Failure {
  const body = bodySchema.safeParse(parseJson(text)).data;
  const said = first(headers['x-amzn-errortype'])?.split(':')[0] ?? body?.__type ?? body?.type ?? null;
  const name = said?.slice(said.lastIndexOf('#') + 1) ?? null;
  const message = body ? (body.message ?? body.Message ?? null) : messageOfText(text, headers);
  return failureOfException(status, { name, message }, secret, headers);
}

/** `status` is 200 for an exception inside a stream. */
export function failureOfException(
  status: number,
  { name, message }: { readonly name: string | null; readonly message: string | null },
  secret: string,
  headers: HttpHeaders = {},
): Failure {
  return failureOfVendorError(codeOf(status, name ?? '', message ?? ''), {
    status,
    headers,
    apiKey: secret,
    error: { message, code: name },
  });
}

/** From the errors of Converse and ConverseStream (Bedrock API reference); in a stream they begin in lower case. */
const CODES: Readonly<Record<string, JobErrorCode>> = {
  accessdeniedexception: 'provider_permission',
  unrecognizedclientexception: 'provider_authentication',
  invalidsignatureexception: 'provider_authentication',
  incompletesignature: 'provider_authentication',
  expiredtokenexception: 'provider_authentication',
  throttlingexception: 'provider_rate_limited',
  toomanyrequestsexception: 'provider_rate_limited',
  servicequotaexceededexception: 'provider_quota_exceeded',
  serviceunavailableexception: 'provider_overloaded',
  modelnotreadyexception: 'provider_overloaded',
  modeltimeoutexception: 'provider_timeout',
  modelerrorexception: 'provider_unavailable',
  modelstreamerrorexception: 'provider_unavailable',
  internalserverexception: 'provider_unavailable',
  resourcenotfoundexception: 'provider_model_not_found',
  validationexception: 'provider_invalid_request',
};

function codeOf(status: number, name: string, message: string): JobErrorCode {
  const code =
    ownEntry(CODES, name.toLowerCase()) ?? (status === 200 ? 'provider_unavailable' : codeOfStatus(status));
  if (code !== 'provider_invalid_request') return code;
  if (/too long|context (?:window|length)|maximum (?:context|tokens)/i.test(message))
    return 'provider_context_too_long';
  return /model identifier is invalid/i.test(message) ? 'provider_model_not_found' : code;
}
