export { ownTestAccount, testAccountOf } from './test-account.ts';
export { type TestEnvironment, testServers, variablesOf } from './test-environment.ts';
export { testMongoUrl, testNats } from './test-namespaces.ts';
export { startTestServers, type TestServers, type TestServersOptions } from './test-servers.ts';
