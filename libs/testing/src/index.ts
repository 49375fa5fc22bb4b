export { framesOf } from './event-stream-frames.ts';
export {
  type Expectation,
  ownCases,
  type RecordedCase,
  recordedCases,
} from './recorded-case.ts';
export { type Replayed, type ReplayServer, startReplayServer } from './replay-server.ts';
export { type ServiceName, type ServiceProcess, startService } from './service-process.ts';
export { readEvents, type SseEvent } from './sse-reader.ts';
export { type Stack, type StackOptions, startStack } from './stack.ts';
export {
  type Account,
  type Answer,
  type RequestOptions,
  type StackClient,
  stackClient,
} from './stack-client.ts';
export { ownTestAccount, testAccountOf } from './test-account.ts';
export { makeTestCertificates, type TestCertificates } from './test-certificates.ts';
export { type TestEnvironment, testServers, variablesOf } from './test-environment.ts';
export { testMongoUrl, testNats, testNatsUrlOf } from './test-namespaces.ts';
export { startTestServers, type TestServers, type TestServersOptions } from './test-servers.ts';
