import { type Msg, headers as newHeaders } from '@nats-io/nats-core';
import { AppError, type CallOutcome, HEADERS, type ReplyError, sealedCallSchema } from '@sluice/contracts';
import { type CallKeys, openCall, publicKeyText, SealingError } from '@sluice/sealing';
import { jsonOf, textOf } from './message-body.ts';
import { replyErrorOf } from './reply-error.ts';

/** A request as its handler reads it, and the way back. */
export type Exchange = { readonly body: string; respond(outcome: CallOutcome): void };

/** Takes a request that travels as it is. */
export const plainExchange = (msg: Msg): Exchange => ({
  body: textOf(msg.data),
  respond: (outcome) =>
    'error' in outcome ? respondError(msg, outcome.error) : msg.respond(JSON.stringify(outcome.reply)),
});

/**
 * Opens a sealed request; its reply and its errors will be sealed as well. Answers null when it refused the request:
 * one that is plain or sealed to an unknown key is told the right one, one that was altered is told nothing.
 */
export const sealedExchange = async (
  msg: Msg,
  keys: CallKeys,
  requestId: string,
): Promise<Exchange | null> => {
  const sealed = sealedCallSchema.safeParse(jsonOrNull(msg.data));
  try {
    if (!sealed.success) throw new SealingError('key_unknown', 'the call is not sealed');
    const call = await openCall(keys, { subject: msg.subject, requestId }, sealed.data);
    return {
      body: call.text,
      respond: (outcome) => void msg.respond(JSON.stringify(call.sealReply(JSON.stringify(outcome)))),
    };
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    if (error.fault === 'key_unknown') {
      const refused = new AppError('unavailable', 'This request is to be sealed to the key in this answer.');
      respondError(msg, { ...replyErrorOf(refused), publicKey: publicKeyText(keys.current) });
    } else {
      respondError(msg, replyErrorOf(new AppError('bad_request', 'The sealed request does not open.')));
    }
    return null;
  }
};

const respondError = (msg: Msg, error: ReplyError & { publicKey?: string }): void => {
  const headers = newHeaders();
  headers.set(HEADERS.error, '1');
  msg.respond(JSON.stringify(error), { headers });
};

const jsonOrNull = (data: Uint8Array): unknown => {
  try {
    return jsonOf(data);
  } catch {
    return null;
  }
};
