import { startDemoProvider } from './server.ts';

const wanted = process.env['PORT'] ?? '0';
const port = Number(wanted);
if (!/^\d+$/.test(wanted) || port > 65_535) {
  process.stderr.write('PORT is not a port number\n');
  process.exit(1);
}

const provider = await startDemoProvider({ port });
process.stdout.write(
  `${JSON.stringify({ level: 'info', msg: 'demo provider listening', url: provider.url, port: provider.port })}\n`,
);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void provider.close());
}
