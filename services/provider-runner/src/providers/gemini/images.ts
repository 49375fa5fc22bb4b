import type { AdapterDeps } from '../chat-exchange.ts';
import { base64Of } from '../image-bytes.ts';
import type { ImageAnswer, ImageCall, Outcome } from '../provider.ts';
import { sumOfUsage } from '../sum-of-usage.ts';
import { exchangeWhole } from '../whole-exchange.ts';
import { failureOfAnswer } from './errors.ts';
import { modelUrl } from './model-url.ts';
import { readImages } from './read-images.ts';

/** Images by `generateContent` (Gemini API, image generation): one a call, so several are asked for side by side. */
export async function makeImages(
  deps: AdapterDeps,
  call: ImageCall,
  headers: Readonly<Record<string, string>>,
): Promise<Outcome<ImageAnswer>> {
  const { baseUrl, model, apiKey, signal, n = 1 } = call;
  const outcomes = await Promise.all(
    Array.from({ length: n }, (_, index) =>
      exchangeWhole(deps, {
        url: modelUrl(baseUrl, model, 'generateContent'),
        headers,
        body: requestOf(call, index),
        signal,
        readBody: (text) => readImages(text, { model, apiKey }),
        readError: (status, fields, text) => failureOfAnswer(status, fields, text, apiKey),
      }),
    ),
  );
  return outcomes.reduce(together);
}

/** The first that failed stands for all. */
function together(a: Outcome<ImageAnswer>, b: Outcome<ImageAnswer>): Outcome<ImageAnswer> {
  if (!a.ok || !b.ok) return a.ok ? b : a;
  const { images, text, finishReason, usage } = b.answer;
  return {
    ok: true,
    answer: {
      ...a.answer,
      images: [...a.answer.images, ...images],
      text: [a.answer.text, text].filter((part) => part !== '').join('\n'),
      finishReason: a.answer.finishReason === 'stop' ? finishReason : a.answer.finishReason,
      usage: sumOfUsage(a.answer.usage, usage),
    },
  };
}

/** With a seed, each further image has the next one: the same seed would make the same image again. */
function requestOf({ prompt, size, seed, images = [] }: ImageCall, index: number): string {
  const pictures = images.map(({ mimeType, bytes }) => ({ inlineData: { mimeType, data: base64Of(bytes) } }));
  return JSON.stringify({
    contents: [{ role: 'user', parts: [{ text: prompt }, ...pictures] }],
    generationConfig: {
      responseModalities: ['TEXT', 'IMAGE'],
      seed: seed === undefined ? undefined : seed + index,
      imageConfig: imageConfigOf(size),
    },
  });
}

/** The API takes a ratio or a class of sizes, no pixels: of `1536x1024` its ratio is left. */
function imageConfigOf(size: string | undefined): object | undefined {
  if (size === undefined || size === 'auto') return undefined;
  if (/^\d+:\d+$/.test(size)) return { aspectRatio: size };
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size)?.map(Number) ?? [];
  if (!width || !height) return { imageSize: size };
  const divisor = greatestDivisor(width, height);
  return { aspectRatio: `${width / divisor}:${height / divisor}` };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
