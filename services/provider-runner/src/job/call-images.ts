import type { ImageInput, StoredImage } from '@sluice/contracts';
import type { FetchImage } from '../providers/fetch-image.ts';
import { imageOf } from '../providers/fetch-image.ts';
import { bytesOfDataUri } from '../providers/image-bytes.ts';
import { answerWithoutKey } from '../providers/key-redaction.ts';
import type { ImageCall, InputImage, MadeImage, Outcome } from '../providers/provider.ts';
import type { AttemptOutcome, CallContext } from './call-provider.ts';
import { failure, unable } from './failure.ts';
import { modelFor } from './model-for.ts';
import { type StoreDeps, storeImage } from './store-image.ts';
import { tracedCall } from './traced-call.ts';

export type ImageDeps = StoreDeps & { readonly fetchImage: FetchImage };

/**
 * Images by the profile's image settings. What the provider made is stored before the result names it: bytes as they
 * came, and what it gave by a URL once it is fetched; its own URL never leaves the runner. What it gave beyond `n` is
 * left. When one fails, those before it stay in the store, named by nobody, until the bucket's age ends them: a runner
 * may remove nothing.
 */
export async function callImages(
  deps: ImageDeps,
  { images: sent, ...input }: ImageInput,
  context: CallContext,
): Promise<AttemptOutcome> {
  const { command, opened, signal } = context;
  const { profile, provider } = opened;
  const { images: make } = provider;
  if (!make) return { ok: false, failure: unable(profile.provider, 'make images') };
  const { baseUrl, apiKey, model: usual } = await opened.image();
  const inputs = await inputImages(deps, sent ?? [], signal);
  if (!inputs.ok) return inputs;
  const model = modelFor(command, { id: profile.id, model: usual });
  const images = inputs.answer.length > 0 && { images: inputs.answer };
  const call: ImageCall = { ...input, ...images, baseUrl, apiKey, model, signal };
  const outcome = await tracedCall(context, { operation: 'generate_content', model }, () => make(call));
  if (!outcome.ok) return outcome;

  const { images: all, text, ...answer } = outcome.answer;
  const made = all.slice(0, input.n ?? 1);
  // Before any is stored.
  const inline = await eachInTurn(made, async (image, index) => inlineFault(image, index));
  if (!inline.ok) return inline;
  // Each is stored before the next is fetched: they are 32 MB at most, and no two are in memory at once.
  const stored = await eachInTurn(made, async (image, index): Promise<Outcome<StoredImage>> => {
    const fetched = await fetchMade(deps, image, index, signal);
    if (!fetched.ok) return fetched;
    const { revisedPrompt } = image;
    const kept = {
      ...(await storeImage(deps, command, fetched.answer, signal)),
      ...(revisedPrompt !== undefined && { revisedPrompt: answerWithoutKey(revisedPrompt, apiKey) }),
    };
    return { ok: true, answer: kept };
  });
  if (!stored.ok) return stored;
  const result = {
    ...answer,
    text: answerWithoutKey(text, apiKey),
    provider: profile.provider,
    images: stored.answer,
  };
  return { ok: true, result: { ...result, reasoningText: null, toolCalls: [], json: null, cost: null } };
}

function inputImages(
  { fetchImage }: ImageDeps,
  urls: readonly string[],
  signal: AbortSignal,
): Promise<Outcome<InputImage[]>> {
  return eachInTurn(urls, async (url, index) => {
    const bytes = bytesOfDataUri(url);
    const image = bytes ? imageOf(bytes) : await fetchImage(url, signal);
    if (image.ok) return { ok: true, answer: image.image };
    const message = `The image at images.${index} of the input ${image.fault}.`;
    return { ok: false, failure: failure('provider_invalid_request', message) };
  });
}

/** Fetched a second time where the first fails: it was paid for. */
async function fetchMade(
  { fetchImage }: ImageDeps,
  made: MadeImage,
  index: number,
  signal: AbortSignal,
): Promise<Outcome<InputImage>> {
  const fetchBoth = async (url: string) => {
    const image = await fetchImage(url, signal);
    return image.ok ? image : fetchImage(url, signal);
  };
  const image = 'bytes' in made ? imageOf(made.bytes) : await fetchBoth(made.url);
  return image.ok ? { ok: true, answer: image.image } : unusable(index, image.fault);
}

function inlineFault(made: MadeImage, index: number): Outcome<null> {
  const image = 'bytes' in made ? imageOf(made.bytes) : null;
  return image && !image.ok ? unusable(index, image.fault) : { ok: true, answer: null };
}

function unusable(index: number, fault: string): Outcome<never> {
  const message = `Image ${index + 1} of the provider's answer ${fault}.`;
  // Not tried again: the provider would make, and bill, all of them anew.
  return { ok: false, failure: failure('provider_malformed', message, { retryable: false }) };
}

/** One after the other; ends at the first that fails. */
async function eachInTurn<Item, Answer>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Outcome<Answer>>,
): Promise<Outcome<Answer[]>> {
  const answers: Answer[] = [];
  for (const [index, item] of items.entries()) {
    const outcome = await work(item, index);
    if (!outcome.ok) return outcome;
    answers.push(outcome.answer);
  }
  return { ok: true, answer: answers };
}
