import { type KeyInSlot, listSealedKeys, newId } from '@sluice/contracts';
import { call, type NatsConnection } from '@sluice/messaging';
import { type Binding, type KeyRing, open, SealingError } from '@sluice/sealing';

/** What a record was found to be. `key` is the provider key in plain text: for sealing anew, never for showing. */
export type FoundKey =
  | { readonly state: 'current' | 'previous' | 'legacy'; readonly at: KeyInSlot; readonly key: string }
  | { readonly state: 'closed'; readonly at: KeyInSlot; readonly reason: string };

/** Every record that auth has, opened; a page at a time, so that a large installation fits. */
export async function* openSealedKeys(nc: NatsConnection, ring: KeyRing): AsyncGenerator<FoundKey> {
  let after: string | null = null;
  do {
    const page: { items: KeyInSlot[]; next: string | null } = await call(
      nc,
      listSealedKeys,
      after === null ? {} : { after },
      { requestId: newId() },
    );
    for (const at of page.items) yield await openOne(ring, at);
    after = page.next;
  } while (after !== null);
}

const openOne = async (ring: KeyRing, at: KeyInSlot): Promise<FoundKey> => {
  try {
    const key = await open(ring, bindingOf(at), at.record);
    if ('legacy' in at.record) return { state: 'legacy', at, key };
    return { state: at.record.keyId === ring.current.keyId ? 'current' : 'previous', at, key };
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    return { state: 'closed', at, reason: reasonOf(error, at) };
  }
};

/** What a record is sealed for. */
export const bindingOf = ({ teamId, profileId, slot, provider, origin }: KeyInSlot): Binding => ({
  team: teamId,
  profile: profileId,
  slot,
  provider,
  origin,
});

const reasonOf = ({ fault, message }: SealingError, { record }: KeyInSlot): string =>
  fault === 'key_unknown' && 'keyId' in record
    ? `sealed to key ${record.keyId}, whose secret is not given`
    : message;
