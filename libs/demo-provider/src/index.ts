export type { RecordedCall } from './call-log.ts';
export { type DemoProvider, startDemoProvider } from './server.ts';
