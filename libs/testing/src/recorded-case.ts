import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { framesOf } from './event-stream-frames.ts';

/** A text, or what a long one must weigh and hash to. */
const textSchema = z.union([
  z.string(),
  z.object({ sha256: z.string(), length: z.int(), lengthBytes: z.int() }).loose(),
]);

const counter = z.int().nullable();

/** What a gateway should make of an answer: `expect.json` of a recorded case. */
const expectationSchema = z.object({
  api: z.enum([
    'openai-chat',
    'openai-responses',
    'openai-embeddings',
    'openai-images',
    'anthropic-messages',
    'gemini',
    'bedrock',
  ]),
  streamed: z.boolean(),
  outcome: z.enum(['completed', 'failed']),
  text: textSchema.nullable(),
  reasoningText: textSchema.nullable(),
  toolCalls: z.array(z.object({ id: z.string().nullable(), name: z.string(), arguments: z.unknown() })),
  finishReason: z.string().nullable(),
  usage: z
    .object({
      inputTokens: counter,
      outputTokens: counter,
      totalTokens: counter,
      cachedInputTokens: counter,
      reasoningTokens: counter,
    })
    .nullable(),
  error: z
    .object({
      status: z.int(),
      code: z.string(),
      message: z.string().nullable(),
      retryable: z.boolean(),
      retryAfterMs: z.number().optional(),
      /** Ours for it; cases written here say it. */
      jobCode: z.string().optional(),
    })
    .optional(),
  thoughtSignatures: z.array(z.object({ part: z.string(), length: z.int(), sha256: z.string() })).optional(),
  embeddings: z
    .object({ count: z.int(), dimensions: z.int(), encoding: z.string(), first3: z.array(z.number()) })
    .loose()
    .optional(),
  images: z
    .array(
      z.object({
        kind: z.string(),
        url: z.string().optional(),
        mediaType: z.string().optional(),
        sha256: z.string().optional(),
        revisedPrompt: z.string().nullable(),
      }),
    )
    .optional(),
});
export type Expectation = z.infer<typeof expectationSchema>;

/** One answer of a provider, byte for byte, and what it means. */
export type RecordedCase = {
  /** `<vendor>/<case>`. */
  readonly name: string;
  readonly vendor: string;
  readonly expected: Expectation;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the bytes of a stream are to be cut. */
  readonly offsets: readonly number[] | null;
};

const EVENTS = 'stream.events.jsonl';
const BODIES = ['response.json', 'stream.sse', EVENTS, 'response.html'];

/** Every case in a folder of `<vendor>/<case>/` folders; their README describes the files. */
export function recordedCases(root: string): RecordedCase[] {
  return foldersOf(root).flatMap((vendor) =>
    foldersOf(join(root, vendor)).map((name) => readCase(vendor, name, join(root, vendor, name))),
  );
}

/** The cases that lie beside the adapters: `<adapter>/__fixtures__/<case>/`, in the form of the recordings. */
export function ownCases(root: string): RecordedCase[] {
  return foldersOf(root).flatMap((adapter) => {
    const folder = join(root, adapter, '__fixtures__');
    return existsSync(folder)
      ? foldersOf(folder).map((name) => readCase(adapter, name, join(folder, name)))
      : [];
  });
}

function readCase(vendor: string, name: string, folder: string): RecordedCase {
  const json = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const head = json('headers.json') as { status: number; headers: Record<string, string> };
  const file = BODIES.find((candidate) => existsSync(join(folder, candidate)));
  if (file === undefined) throw new Error(`${vendor}/${name} has no answer`);
  const splits = existsSync(join(folder, 'splits.json'))
    ? (json('splits.json') as { offsets: number[] }).offsets
    : null;
  return {
    name: `${vendor}/${name}`,
    vendor,
    expected: expectationSchema.parse(json('expect.json')),
    status: head.status,
    headers: head.headers,
    body:
      file === EVENTS ? framesOf(readFileSync(join(folder, file), 'utf8')) : readFileSync(join(folder, file)),
    offsets: splits,
  };
}

function foldersOf(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
