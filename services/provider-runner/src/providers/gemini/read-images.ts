import { failure } from '../../job/failure.ts';
import { parseJson } from '../answer-failures.ts';
import { bytesOfDataUri } from '../image-bytes.ts';
import { failed, type ImageAnswer, type MadeImage, type Outcome } from '../provider.ts';
import { failureOfError } from './errors.ts';
import { countersOf, finishReasonOf } from './read-answer.ts';
import { errorSchema, responseSchema, type WirePart } from './schema.ts';

/** A data URI, bare or in a markdown image, or a markdown image at a URL: how resellers put images into text. */
const IMAGE_IN_TEXT =
  /!\[[^\]]{0,500}\]\(\s*(data:image\/[a-z+.-]+;base64,[A-Za-z0-9+/=]+|https?:\/\/[^\s)]+)[^)]{0,500}\)|(data:image\/[a-z+.-]+;base64,[A-Za-z0-9+/=]+)/gi;

/** The outcome of an answer with a 200. What was filtered is an answer without images, and says so. */
export function readImages(text: string, call: { model: string; apiKey: string }): Outcome<ImageAnswer> {
  const body = parseJson(text);
  const { data: response } = responseSchema.safeParse(body);
  const blocked = response?.promptFeedback?.blockReason;
  if (!response?.candidates?.length && !blocked) {
    const error = errorSchema.safeParse(body);
    return failed(
      error.success
        ? failureOfError(200, error.data, call.apiKey)
        : failure('provider_malformed', 'The provider answered 200 without a candidate.'),
    );
  }
  const images: MadeImage[] = [];
  const texts: string[] = [];
  // Images among the thoughts are drafts.
  const parts = (response?.candidates ?? []).flatMap(({ content }) => content?.parts ?? []);
  for (const part of parts.filter(({ thought }) => thought !== true)) {
    const read = readPart(part);
    images.push(...read.images);
    texts.push(read.text);
  }
  const said = response?.candidates?.[0]?.finishReason;
  const finishReason = blocked ? 'content_filter' : said ? finishReasonOf(said, false) : 'stop';
  if (images.length === 0 && finishReason !== 'content_filter') {
    return failed(failure('provider_empty_answer', 'The provider made no image.'));
  }
  const usage = response?.usageMetadata;
  return {
    ok: true,
    answer: {
      images,
      text: texts.join('').trim(),
      finishReason,
      model: response?.modelVersion ?? call.model,
      usage: usage
        ? {
            ...{ inputTokens: null, outputTokens: null, totalTokens: null },
            ...{ cachedInputTokens: null, reasoningTokens: null },
            ...countersOf(usage),
          }
        : null,
    },
  };
}

function readPart({ inlineData, fileData, text }: WirePart): { images: MadeImage[]; text: string } {
  if (inlineData) return { images: [{ bytes: Buffer.from(inlineData.data, 'base64') }], text: '' };
  if (fileData) return { images: [imageAt(fileData.fileUri)], text: '' };
  const images: MadeImage[] = [];
  const rest = (text ?? '').replaceAll(IMAGE_IN_TEXT, (_all, inMarkdown?: string, bare?: string) => {
    images.push(imageAt(inMarkdown ?? bare ?? ''));
    return '';
  });
  return { images, text: rest };
}

function imageAt(uri: string): MadeImage {
  const bytes = bytesOfDataUri(uri);
  return bytes ? { bytes } : { url: uri };
}
