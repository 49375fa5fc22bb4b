/** How a faulty answer stops after `after` content chunks: socket destroyed, ended cleanly, or left open. */
export type Stop = { readonly how: 'cut' | 'truncate' | 'hang'; readonly after: number };

/** What goes wrong with a call; `times` decides for how many calls. */
export type Fault = {
  readonly status: number | null;
  readonly code: string | null;
  readonly retryAfter: string | null;
  readonly echoKey: boolean;
  readonly html: boolean;
  readonly empty: boolean;
  readonly malformed: boolean;
  readonly stop: Stop | null;
};

/** The behaviour that a model name asks for; README.md lists the parameters. */
export type Script = {
  readonly label: string | null;
  readonly delayMs: number;
  readonly intervalMs: number;
  readonly chunks: number | null;
  readonly text: string | null;
  /** The text once `times` calls have had theirs. */
  readonly later: string | null;
  readonly sizeBytes: number | null;
  readonly finish: string;
  readonly times: number | null;
  readonly fault: Fault;
};

export const NO_FAULT: Fault = {
  status: null,
  code: null,
  retryAfter: null,
  echoKey: false,
  html: false,
  empty: false,
  malformed: false,
  stop: null,
};

export const PLAIN: Script = {
  label: null,
  delayMs: 0,
  intervalMs: 0,
  chunks: null,
  text: null,
  later: null,
  sizeBytes: null,
  finish: 'stop',
  times: null,
  fault: NO_FAULT,
};

const STOPS = ['cut', 'truncate', 'hang'] as const;
const FLAGS = ['html', 'empty', 'malformed'] as const;
const NUMBERS = ['delay', 'interval', 'chunks', 'size', 'times', 'status', ...STOPS] as const;
const TEXTS = ['key', 'text', 'later', 'finish', 'code', 'retry-after', 'echo'] as const;
const KNOWN: ReadonlySet<string> = new Set([...FLAGS, ...NUMBERS, ...TEXTS]);

/**
 * Reads the parameters after the first `?` of a model name, in URL query syntax. A parameter that is unknown
 * or out of range is a fault with its name, so that a misspelt test fails instead of passing.
 */
export function parseScript(model: string): { script: Script } | { fault: string } {
  const mark = model.indexOf('?');
  if (mark === -1) {
    return { script: PLAIN };
  }
  const query = new URLSearchParams(model.slice(mark + 1));
  const fault = faultOf(query);
  return fault === null ? { script: scriptOf(query) } : { fault };
}

function faultOf(query: URLSearchParams): string | null {
  for (const [name, value] of query) {
    if (!KNOWN.has(name)) {
      return `unknown parameter '${name}' in the model name`;
    }
    if (includes(NUMBERS, name) && !/^\d{1,9}$/.test(value)) {
      return `'${name}' in the model name is not a whole number of at most 9 digits`;
    }
    if (includes(FLAGS, name) && value !== '0' && value !== '1') {
      return `'${name}' in the model name is neither 0 nor 1`;
    }
  }
  const status = numberOf(query, 'status');
  if (status !== null && (status < 400 || status > 599)) {
    return `'status' in the model name is not between 400 and 599`;
  }
  if (numberOf(query, 'chunks') === 0) {
    return `'chunks' in the model name is 0; 'empty=1' gives an empty answer`;
  }
  if (query.has('later') && !query.has('times')) {
    return `'later' in the model name needs 'times'`;
  }
  if (query.has('echo') && query.get('echo') !== 'key') {
    return `'echo' in the model name can only be 'key'`;
  }
  return STOPS.filter((how) => query.has(how)).length > 1
    ? `only one of 'cut', 'truncate' and 'hang' in the model name`
    : null;
}

function scriptOf(query: URLSearchParams): Script {
  const how = STOPS.find((stop) => query.has(stop));
  return {
    label: query.get('key'),
    delayMs: numberOf(query, 'delay') ?? 0,
    intervalMs: numberOf(query, 'interval') ?? 0,
    chunks: numberOf(query, 'chunks'),
    text: query.get('text'),
    later: query.get('later'),
    sizeBytes: numberOf(query, 'size'),
    finish: query.get('finish') ?? 'stop',
    times: numberOf(query, 'times'),
    fault: {
      status: numberOf(query, 'status'),
      code: query.get('code'),
      retryAfter: query.get('retry-after'),
      echoKey: query.has('echo'),
      html: query.get('html') === '1',
      empty: query.get('empty') === '1',
      malformed: query.get('malformed') === '1',
      stop: how === undefined ? null : { how, after: numberOf(query, how) ?? 0 },
    },
  };
}

function numberOf(query: URLSearchParams, name: (typeof NUMBERS)[number]): number | null {
  const value = query.get(name);
  return value === null ? null : Number(value);
}

function includes(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
