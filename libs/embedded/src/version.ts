/** Major, minor and patch number of a server. */
export type Version = readonly [major: number, minor: number, patch: number];

/** The first `1.2.3` in a text such as `nats-server: v2.15.1` or `db version v6.0.5`; undefined without one. */
export const parseVersion = (text: string): Version | undefined => {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
};

export const formatVersion = (version: Version): string => version.join('.');

export const isAtLeast = (version: Version, minimum: Version): boolean => {
  const differing = version.findIndex((part, index) => part !== minimum[index]);
  return differing === -1 || (version[differing] ?? 0) > (minimum[differing] ?? 0);
};

/**
 * The version in `text` when it is new enough.
 * Throws an error that names the version found and the version needed otherwise.
 */
export const requireVersion = (program: string, text: string, minimum: Version): Version => {
  const version = parseVersion(text);
  const needed = `${program} ${formatVersion(minimum)} or newer is needed`;
  if (!version) throw new Error(`${needed}, and its version could not be read`);
  if (!isAtLeast(version, minimum)) throw new Error(`${needed}, found ${formatVersion(version)}`);
  return version;
};
