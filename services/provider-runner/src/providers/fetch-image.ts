import { checkBaseUrl, imageTypeOf } from '@sluice/contracts';
import type { Dispatcher } from 'undici';
import { first, get } from './http-exchange.ts';
import type { InputImage } from './provider.ts';

const MAX_IMAGE_BYTES = 32 * 1024 * 1024;
const FETCH_MS = 30_000;
const MAX_REDIRECTS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];

/** The image, or why there is none, as a clause that goes on after "the image …". */
export type FetchedImage =
  | { readonly ok: true; readonly image: InputImage }
  | { readonly ok: false; readonly fault: string };

/** Fetches an image from wherever a provider or a caller says that it is. Rejects with the signal's reason alone. */
export type FetchImage = (url: string, signal: AbortSignal) => Promise<FetchedImage>;

/**
 * Fetches by the runners' guarded connections: https alone and public addresses alone, unless the operator named the
 * host; every redirect is looked at again. At most 32 MB in 30 s, and no key is sent. What comes must be an image by
 * its first bytes, whatever its content type says.
 */
export function createFetchImage(dispatcher: Dispatcher, allowedHosts: readonly string[]): FetchImage {
  return async (given, signal) => {
    const bound = AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]);
    let url = given;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const fault = checkBaseUrl(url, allowedHosts);
      if (fault !== null) return { ok: false, fault: `is at an address that ${fault}` };
      let answered: Answered;
      try {
        answered = await fetchOnce(dispatcher, new URL(url), bound);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        return { ok: false, fault: error === TOO_LARGE ? 'is larger than 32 MB' : 'could not be fetched' };
      }
      const { status, location, bytes } = answered;
      if (REDIRECTS.includes(status) && location !== undefined) {
        url = URL.parse(location, url)?.href ?? '';
        continue;
      }
      if (status !== 200) return { ok: false, fault: `could not be fetched: its server answered ${status}` };
      return imageOf(bytes);
    }
    return { ok: false, fault: `is behind more than ${MAX_REDIRECTS} redirects` };
  };
}

/** Bytes as an image of a kind that is served. */
export function imageOf(bytes: Uint8Array): FetchedImage {
  const mimeType = imageTypeOf(bytes);
  if (!mimeType) return { ok: false, fault: 'is no png, jpeg, gif or webp' };
  if (bytes.length > MAX_IMAGE_BYTES) return { ok: false, fault: 'is larger than 32 MB' };
  return { ok: true, image: { mimeType, bytes } };
}

type Answered = {
  readonly status: number;
  readonly location: string | undefined;
  readonly bytes: Uint8Array;
};

const TOO_LARGE = new Error('the image is too large');

async function fetchOnce(dispatcher: Dispatcher, url: URL, signal: AbortSignal): Promise<Answered> {
  const chunks: Buffer[] = [];
  let size = 0;
  let status = 0;
  let location: string | undefined;
  const exchange = get(dispatcher, {
    url,
    headers: { accept: 'image/*' },
    signal,
    onHead: (answered, headers) => {
      status = answered;
      location = first(headers['location']);
    },
    onData: (chunk) => {
      size += chunk.length;
      if (size > MAX_IMAGE_BYTES) exchange.abort(TOO_LARGE);
      else chunks.push(chunk);
    },
  });
  await exchange.done;
  return { status, location, bytes: Buffer.concat(chunks) };
}
