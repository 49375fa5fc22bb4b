import type { Dispatcher } from 'undici';

/** A stream as a target writes it: where a token is, and what ends the stream when it is whole. */
export type Wire = {
  /** Stands before every token's text. */
  readonly token: string;
  /** Stands between `token` and the text, with whatever else. */
  readonly text: string;
  /** Comes once, behind the last token, in a stream that is complete. */
  readonly end: string;
};

export const OPENAI_WIRE: Wire = {
  token: '"delta":{"content":',
  text: '"content":"',
  end: '\n\ndata: [DONE]\n\n',
};
export const SLUICE_WIRE: Wire = { token: 'event: delta\n', text: '"text":"', end: '"status":"completed"' };

export type Ask = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly wire: Wire;
};

/** Times in milliseconds. */
export type Streamed = {
  readonly tookMs: number;
  readonly firstMs: number;
  /** Between two tokens, on average. */
  readonly perTokenMs: number;
  /** The tokens' texts together, each byte a character, which is how `expected` is compared. */
  readonly text: string;
  readonly whole: boolean;
};

/**
 * Asks for one stream and reads it to its end. While it runs, no more is done than to look for a token in each chunk;
 * the text is put together when it has ended.
 */
export function streamOnce(dispatcher: Dispatcher, { path, headers, body, wire }: Ask): Promise<Streamed> {
  const token = Buffer.from(wire.token);
  const chunks: Buffer[] = [];
  const askedAt = performance.now();
  let firstAt = 0;
  let lastAt = 0;
  let status = 0;
  return new Promise((resolve, reject) => {
    dispatcher.dispatch(
      { path, method: 'POST', headers, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, answered) => {
          status = answered;
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
          if (!chunk.includes(token)) return;
          lastAt = performance.now();
          firstAt ||= lastAt;
        },
        onResponseEnd: () => {
          const tookMs = performance.now() - askedAt;
          const { text, tokens, ended } = read(Buffer.concat(chunks).toString('latin1'), wire);
          resolve({
            tookMs,
            firstMs: firstAt - askedAt,
            perTokenMs: (lastAt - firstAt) / (tokens - 1),
            text,
            whole: status === 200 && ended,
          });
        },
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

/** The bench's question is answered without a character that JSON escapes: texts are cut out as they stand. */
function read(stream: string, wire: Wire): { text: string; tokens: number; ended: boolean } {
  let text = '';
  let tokens = 0;
  let at = stream.indexOf(wire.token);
  let behind = 0;
  while (at >= 0) {
    const from = stream.indexOf(wire.text, at) + wire.text.length;
    behind = stream.indexOf('"', from);
    text += stream.slice(from, behind);
    tokens += 1;
    at = stream.indexOf(wire.token, behind);
  }
  return { text, tokens, ended: stream.indexOf(wire.end, behind) >= 0 };
}
