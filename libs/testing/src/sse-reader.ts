/** A server-sent event. `data` is parsed JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape
export type SseEvent = { event: string; id: string; data: any };

/** Reads what our gateway writes: one `event`, `id` and `data` line each, comments between them. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SseEvent> {
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    rest += text;
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const block = rest.slice(0, end);
      rest = rest.slice(end + 2);
      if (block.startsWith(':')) continue;
      const field = (name: string) =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2) ?? '';
      yield { event: field('event'), id: field('id'), data: JSON.parse(field('data')) };
    }
  }
}
