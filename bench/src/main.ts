// `npm run bench`: whole answers beside a bare proxy. `npm run bench:stream`: streams beside a bare proxy and beside the
// provider itself. `npm run bench -- users`: what it costs that each service has a NATS user of its own.
const [measurement = 'requests'] = process.argv.slice(2);

switch (measurement) {
  case 'requests':
    await import('./requests.ts');
    break;
  case 'streams':
    await import('./streams/main.ts');
    break;
  case 'users':
    await import('./users.ts');
    break;
  default:
    console.error(`There is no measurement "${measurement}": requests, streams or users.`);
    process.exit(1);
}
