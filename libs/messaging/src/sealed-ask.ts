import type { Msg, NatsConnection } from '@nats-io/nats-core';
import {
  AppError,
  callOutcomeSchema,
  callRefusalSchema,
  HEADERS,
  sealedReplySchema,
} from '@sluice/contracts';
import {
  type CallBinding,
  parsePublicKeys,
  SealingError,
  type SealingPublicKey,
  sealCall,
} from '@sluice/sealing';
import { jsonOf } from './message-body.ts';
import { errorOfReply } from './reply-error.ts';

/** The key that each service last told us, by the first token of its subjects. */
const keysOf = new WeakMap<NatsConnection, Map<string, SealingPublicKey>>();

/**
 * One to ask for the key; one that may meet a replica which does not know that key yet, while a rotation goes round,
 * and answers with its own; one sealed to that, which every replica knows.
 */
const TRIES = 3;

/**
 * Asks a `secret` endpoint: seals the request to the key of the service behind it and opens the reply. A service whose
 * key we do not know is asked with an empty body, and refuses with its key. Throws as `call` does.
 */
export const askSealed = async (
  nc: NatsConnection,
  binding: CallBinding,
  body: string,
  send: (data: string) => Promise<Msg>,
): Promise<unknown> => {
  const keys = keysOf.get(nc) ?? new Map<string, SealingPublicKey>();
  keysOf.set(nc, keys);
  const service = binding.subject.slice(0, binding.subject.indexOf('.'));

  for (let tries = 1; ; tries += 1) {
    const key = keys.get(service);
    const call = key && (await sealCall(key, binding, body));
    const reply = await send(call ? JSON.stringify(call.sealed) : '');
    if (call && !reply.headers?.get(HEADERS.error)) return answerIn(reply, call.openReply);
    const refusal = callRefusalSchema.safeParse(jsonOf(reply.data)).data;
    if (refusal?.publicKey === undefined || tries === TRIES) throw errorOfReply(refusal);
    keys.set(service, (await parsePublicKeys(refusal.publicKey))[0]);
  }
};

const answerIn = (reply: Msg, openReply: Awaited<ReturnType<typeof sealCall>>['openReply']): unknown => {
  const outcome = callOutcomeSchema.parse(JSON.parse(openedText(reply, openReply)));
  if ('error' in outcome) throw errorOfReply(outcome.error);
  return outcome.reply;
};

const openedText = (reply: Msg, openReply: Awaited<ReturnType<typeof sealCall>>['openReply']): string => {
  const sealed = sealedReplySchema.safeParse(jsonOf(reply.data));
  try {
    if (sealed.success) return openReply(sealed.data);
  } catch (cause) {
    if (!(cause instanceof SealingError)) throw cause;
  }
  throw new AppError('internal', 'The sealed answer does not open.');
};
