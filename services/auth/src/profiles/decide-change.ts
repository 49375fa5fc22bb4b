import { type ProfilePatch, type ProfileSettings, profileSettingsSchema } from '@sluice/contracts';
import { invalid } from './decide-profile.ts';

/**
 * What a profile says once a patch is merged into it. Throws AppError `validation_failed` where the whole does not
 * fit, as prices without an output price.
 */
export function decideSettings(before: ProfileSettings, patch: ProfilePatch): ProfileSettings {
  const { apiKey: _key, sealedKey: _sealed, image, ...fields } = patch;
  const { apiKey: _imageKey, sealedKey: _imageSealed, ...imageFields } = image ?? {};
  const imagePatch = image === undefined ? {} : { image: image === null ? null : imageFields };
  const merged = profileSettingsSchema.safeParse(mergePatch(before, { ...fields, ...imagePatch }));
  if (merged.success) return merged.data;
  throw invalid(...merged.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
}

type Json = Record<string, unknown>;

/** MergePatch of RFC 7396, section 2; in addition a key that is undefined counts as absent. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (value !== undefined) merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The dotted names of the fields in which two profiles differ. */
export function changedFields(before: ProfileSettings, after: ProfileSettings): string[] {
  const [old, now] = [leavesOf(before), leavesOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name));
}

/** The value of every field by its dotted name, as JSON; a list is one value. */
function leavesOf(value: object, prefix = '', leaves = new Map<string, string>()): Map<string, string> {
  for (const [key, inner] of Object.entries(value)) {
    if (isObject(inner)) leavesOf(inner, `${prefix}${key}.`, leaves);
    else if (inner !== undefined) leaves.set(prefix + key, JSON.stringify(inner));
  }
  return leaves;
}
