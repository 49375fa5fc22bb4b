/** How deep values may be within one another: everything that reads them later goes as deep by recursion. */
export const MAX_DEPTH = 500;

/** Quotes without a second one, before a text is given up: each costs a look at all that follows. */
const MAX_UNENDED = 16;

/** `broken`: it began as JSON and went wrong; `prose`: it was never more than a bracket. */
export type Container = { readonly end: number } | { readonly end: null; readonly kind: 'broken' | 'prose' };

type Expected = 'value' | 'firstItem' | 'firstKey' | 'key' | 'colon' | 'more';

const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * Where the object or list ends that begins at `start`, by the grammar of JSON (RFC 8259) up to MAX_DEPTH. Reads on to
 * the first character that does not belong there.
 */
export function jsonEnd(text: string, start: number): Container {
  const open: string[] = [];
  let expected: Expected = 'value';
  let begun = false;
  let at = start;
  for (;;) {
    at = afterSpace(text, at);
    const character = text[at];
    const wantsKey: boolean = expected === 'key' || expected === 'firstKey';
    const wantsValue: boolean = expected === 'value' || expected === 'firstItem';
    if (wantsValue && (character === '{' || character === '[') && open.length < MAX_DEPTH) {
      // A list within a list, or an object in it, may still be prose; what follows tells.
      open.push(character);
      expected = character === '{' ? 'firstKey' : 'firstItem';
      at += 1;
    } else if (closes(character, open.at(-1), expected)) {
      open.pop();
      at += 1;
      begun = true;
      if (open.length === 0) return { end: at };
      expected = 'more';
    } else if (expected === 'more' && character === ',') {
      expected = open.at(-1) === '{' ? 'key' : 'value';
      at += 1;
    } else if (expected === 'colon' && character === ':') {
      expected = 'value';
      begun = true;
      at += 1;
    } else {
      const end = wantsKey || (wantsValue && character === '"') ? stringEnd(text, at) : scalarEnd(text, at);
      if (end === null || expected === 'more' || expected === 'colon') {
        return { end: null, kind: begun ? 'broken' : 'prose' };
      }
      begun ||= wantsValue;
      expected = wantsKey ? 'colon' : 'more';
      at = end;
    }
  }
}

/**
 * Behind the bracket that closes the one at `start`, whatever stands between them; strings alone are read as JSON.
 * Null when nothing closes it.
 */
export function closingEnd(text: string, start: number): number | null {
  let depth = 0;
  let unended = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (character === '"') {
      const end = stringEnd(text, at);
      if (end === null) unended += 1;
      if (unended > MAX_UNENDED) return null;
      at = (end ?? at + 1) - 1;
    }
  }
  return null;
}

/** Whether a JSON text goes deeper than `most`. */
export function isTooDeep(json: string, most = MAX_DEPTH): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    else if (character === '"') at = (stringEnd(json, at) ?? at + 1) - 1;
    if (depth > most) return true;
  }
  return false;
}

function closes(character: string | undefined, open: string | undefined, expected: Expected): boolean {
  if (character === '}') return open === '{' && (expected === 'firstKey' || expected === 'more');
  return character === ']' && open === '[' && (expected === 'firstItem' || expected === 'more');
}

/** Behind the string that begins at `at`; null when there is none, or it does not end. */
function stringEnd(text: string, at: number): number | null {
  if (text[at] !== '"') return null;
  for (let next = at + 1; next < text.length; next += 1) {
    const code = text.charCodeAt(next);
    if (code === 0x22) return next + 1;
    if (code === 0x5c) next += 1;
    else if (code < 0x20) return null;
  }
  return null;
}

function scalarEnd(text: string, at: number): number | null {
  SCALAR.lastIndex = at;
  return SCALAR.test(text) ? SCALAR.lastIndex : null;
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
}
