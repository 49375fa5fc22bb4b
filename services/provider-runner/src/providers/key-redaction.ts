export const REDACTED = '[redacted]';

/** Shorter keys are words that local servers are content with (`ollama`, `EMPTY`), and that answers may well hold. */
const SECRET_UNITS = 16;

/** An error of a provider without the key that it was sent, however short. */
export function withoutKey(text: string, apiKey: string): string {
  return apiKey === '' ? text : text.replaceAll(apiKey, REDACTED);
}

/** Part of a provider's answer without the key that it was sent, where that is long enough to be a secret. */
export function answerWithoutKey(text: string, apiKey: string): string {
  return apiKey.length < SECRET_UNITS ? text : withoutKey(text, apiKey);
}

/** Takes a key out of an answer's text that comes in pieces, wherever it is cut. */
export type KeyRedaction = {
  /** What of the text so far may be shown; an end that could be the key's beginning is held back. */
  next(piece: string): string;
  /** What was held back, when nothing more comes. */
  rest(): string;
};

export function redactKey(apiKey: string): KeyRedaction {
  let held = '';
  return {
    next(piece) {
      if (apiKey.length < SECRET_UNITS || piece === '') return piece;
      const text = withoutKey(held + piece, apiKey);
      const keep = beginningAtEnd(text, apiKey);
      held = text.slice(text.length - keep);
      return keep === 0 ? text : text.slice(0, -keep);
    },
    rest() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

/** How many characters at the end of the text are the key's first ones. */
function beginningAtEnd(text: string, key: string): number {
  const first = key.slice(0, 1);
  let at = text.indexOf(first, text.length - key.length + 1);
  while (at >= 0 && !key.startsWith(text.slice(at))) at = text.indexOf(first, at + 1);
  return at < 0 ? 0 : text.length - at;
}
