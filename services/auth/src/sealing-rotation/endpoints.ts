import { AppError, listSealedKeys, replaceSealedKey } from '@sluice/contracts';
import { originOf } from '@sluice/sealing';
import type { Answer } from '../answering.ts';
import { announceChange, type ProfileDeps } from '../profiles/profile-deps.ts';
import type { ProfileWithKeys, SealedKeyRepository } from './sealed-key-repository.ts';

export type RotationDeps = Pick<ProfileDeps, 'sealingKeys' | 'audit' | 'announce'> & {
  sealedKeys: SealedKeyRepository;
};

/** Answers `auth.sealed-keys.list` and `.replace`. */
export function serveRotation(answer: Answer, deps: RotationDeps): void {
  const { sealedKeys, audit } = deps;
  const [{ keyId: currentKeyId }] = deps.sealingKeys;

  answer(listSealedKeys, async ({ after, limit }) => {
    const found = await sealedKeys.list({ after, limit });
    const next = found.length === limit ? (found.at(-1)?.id ?? null) : null;
    return { items: found.flatMap(keysOf), next };
  });

  answer(replaceSealedKey, async ({ teamId, profileId, slot, from, to }, { requestId }) => {
    if (to.keyId !== currentKeyId) throw notTheCurrentKey(currentKeyId);
    const held = { teamId, profileId, slot, record: from };
    // Spares the audit log an entry that is taken back; the conditional update is what decides.
    if (!(await sealedKeys.find(held))) throw changedMeanwhile();
    const before = 'legacy' in from ? 'legacy' : from.keyId;
    const { version } = await audit(
      {
        actor: 'operator',
        teamId,
        action: 'profile.resealed',
        target: { kind: 'profile', id: profileId },
        details: { slot, from: before, to: to.keyId },
        requestId,
      },
      async () => {
        const replaced = await sealedKeys.replace(held, to);
        if (!replaced) throw changedMeanwhile();
        return replaced;
      },
    );
    await announceChange(deps, { id: profileId, teamId, version }, requestId);
    return {};
  });
}

/** A profile's records, each with what it is bound to: images go where text goes unless they have their own address. */
function keysOf({ id, teamId, provider, baseUrl, version, sealedKey, image }: ProfileWithKeys) {
  const bound = { teamId, profileId: id, provider, version };
  const slots = [
    { slot: 'chat' as const, url: baseUrl, record: sealedKey },
    { slot: 'image' as const, url: image?.baseUrl ?? baseUrl, record: image?.sealedKey },
  ];
  return slots.flatMap(({ slot, url, record }) =>
    record ? [{ ...bound, slot, origin: originOf(url), record }] : [],
  );
}

const changedMeanwhile = (): AppError =>
  new AppError('conflict', 'The record has changed meanwhile, or its profile is gone.');

const notTheCurrentKey = (keyId: string): AppError =>
  new AppError(
    'precondition_failed',
    `Auth seals to the key ${keyId}, the first of its SEALING_PUBLIC_KEYS: give auth the new public keys first.`,
  );
