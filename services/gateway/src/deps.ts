import type { Subjects } from '@sluice/contracts';
import type { NatsConnection, SharedCounters } from '@sluice/messaging';
import type { Logger } from '@sluice/telemetry';
import type { GatewayConfig } from './config.ts';
import type { Revocations } from './identity/revocations.ts';
import type { TokenKeys } from './identity/token-keys.ts';
import type { ProfileDirectory } from './profiles/directory.ts';

/** What every part of the gateway is built from. */
export type GatewayDeps = {
  readonly config: GatewayConfig;
  /** Commands, requests and replies. */
  readonly nc: NatsConnection;
  /** Frames of live output alone: the server cuts a connection that reads too slowly, and only this one may be cut. */
  readonly framesNc: NatsConnection;
  readonly subjects: Subjects;
  /** This replica's name, new at each start; runners answer to it. */
  readonly gatewayId: string;
  readonly log: Logger;
  readonly profiles: ProfileDirectory;
  readonly tokens: TokenKeys;
  readonly revocations: Revocations;
  /** What all replicas count together. */
  readonly counters: SharedCounters;
};
