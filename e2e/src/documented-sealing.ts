import { readFile } from 'node:fs/promises';

type Sealing = { keyId: string; publicKey: string; profileId: string };
export type Place = { teamId: string; slot?: 'chat' | 'image'; provider: string; baseUrl: string };
export type SealProviderKey = (sealing: Sealing, place: Place, apiKey: string) => Promise<object>;

/** The code of docs/profiles.md, as readers will copy it. */
export async function documentedSealing(): Promise<SealProviderKey> {
  const page = await readFile(new URL('../../docs/profiles.md', import.meta.url), 'utf8');
  const code = /```js\n(.*?)```/s.exec(page)?.[1] ?? '';
  const resolved = code.replace("'@hpke/core'", JSON.stringify(import.meta.resolve('@hpke/core')));
  const module = await import(`data:text/javascript,${encodeURIComponent(resolved)}`);
  return module.sealProviderKey;
}
