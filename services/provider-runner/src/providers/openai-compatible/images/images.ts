import { apiUrl } from '../../api-url.ts';
import type { AdapterDeps } from '../../chat-exchange.ts';
import { dataUriOf } from '../../image-bytes.ts';
import type { ImageAnswer, ImageCall, Outcome } from '../../provider.ts';
import { exchangeWhole } from '../../whole-exchange.ts';
import { failureOfAnswer } from '../errors.ts';
import { keyHeaderOf, type Preset } from '../presets.ts';
import { multipartOf } from './multipart.ts';
import { readImages } from './read-answer.ts';

type WireBody = { readonly operation: string; readonly type: string; readonly body: string | Uint8Array };

/** `POST /images/generations`, or `/images/edits` with input images (OpenAI API reference). */
export function makeImages(
  preset: Preset,
  deps: AdapterDeps,
  call: ImageCall,
): Promise<Outcome<ImageAnswer>> {
  const { baseUrl, apiKey, model, signal } = call;
  const { operation, type, body } = preset.images === 'ark' ? arkBody(call) : openAiBody(call);
  return exchangeWhole(deps, {
    url: apiUrl(baseUrl, preset.version, operation),
    headers: { ...keyHeaderOf(preset, apiKey), 'content-type': type },
    body,
    signal,
    readBody: (text) => readImages(text, { model, apiKey }),
    readError: (status, headers, text) => failureOfAnswer(status, headers, text, apiKey),
  });
}

function openAiBody({ model, prompt, n, size, quality, seed, images }: ImageCall): WireBody {
  // The `gpt-image` models send base64 always and refuse to be asked for it; the `dall-e` models send a URL unless asked.
  const format = model.includes('dall-e') ? { response_format: 'b64_json' } : {};
  const fields = { model, prompt, n, size, quality, seed, ...format };
  if (!images) {
    return { operation: '/images/generations', type: 'application/json', body: JSON.stringify(fields) };
  }
  const field = images.length > 1 ? 'image[]' : 'image';
  const form = multipartOf(
    fields,
    images.map(({ mimeType, bytes }, index) => ({
      field,
      name: `image-${index}.${mimeType.slice('image/'.length)}`,
      mimeType,
      bytes,
    })),
  );
  return { operation: '/images/edits', ...form };
}

/**
 * Seedream (Ark's image generation API): input images as data URIs in the same call, several images as a sequence, and
 * a watermark unless it is told otherwise.
 */
function arkBody({ model, prompt, n = 1, size, seed, images }: ImageCall): WireBody {
  const uris = images?.map(dataUriOf);
  const body = JSON.stringify({
    ...{ model, prompt, size, seed, response_format: 'b64_json', watermark: false },
    image: uris?.length === 1 ? uris[0] : uris,
    ...(n > 1 && {
      sequential_image_generation: 'auto',
      sequential_image_generation_options: { max_images: n },
    }),
  });
  return { operation: '/images/generations', type: 'application/json', body };
}
