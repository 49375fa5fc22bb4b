export type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/nats-core';
export { type CallKeys, callKeys } from '@sluice/sealing';
export { type BatchLoop, type BatchLoopOptions, startBatchLoop } from './batch-loop.ts';
export { type CallOptions, call } from './call.ts';
export { type ConnectOptions, connect } from './connection.ts';
export { newInbox, onStatus } from './connection-events.ts';
export type { Delivery } from './delivery.ts';
export { JetStreamError } from './jetstream-request.ts';
export { createLock, type Lock, type LockOptions } from './lock.ts';
export type { Log } from './log.ts';
export { jsonOf, textOf } from './message-body.ts';
export { type NatsTls, natsTlsFrom } from './nats-tls.ts';
export {
  getObject,
  listObjects,
  type ObjectReference,
  openObject,
  putObject,
  removeObject,
} from './object-store.ts';
export {
  type GuardedOutcome,
  type GuardedPublication,
  type Publication,
  publishGuarded,
  publishStored,
  type StoredPublication,
} from './publish.ts';
export { type PullLoop, type PullLoopOptions, startPullLoop } from './pull-loop.ts';
export {
  countSubject,
  getMessage,
  lastBySubject,
  nextBySubject,
  purgeSubject,
  subjectsIn,
} from './reading.ts';
export { type ReadSubjectOptions, readSubject } from './reading-batches.ts';
export { type Schedule, scheduleHeaders } from './schedule-headers.ts';
export { type ServeContext, type Serving, serve, stopServing } from './serve.ts';
export { isNatsUrl } from './server-addresses.ts';
export { requireServerVersion } from './server-version.ts';
export {
  createSharedCounters,
  type SharedCounter,
  type SharedCounters,
} from './shared-counters.ts';
export { type EventTrust, openEvent } from './signed-event.ts';
export type { StoredMessage } from './stored-message.ts';
export { tell } from './tell.ts';
export { applyTopology, checkTopology, type TopologyReport } from './topology.ts';
