import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireMongod, acquireNatsServer, freePort, startMongod, startNatsServer } from '@sluice/embedded';
import { connect, readSubject } from '@sluice/messaging';
import { startStack } from '@sluice/testing';
const nb = (await acquireNatsServer({})).path, mb = (await acquireMongod({})).path;
const dir = await mkdtemp(join(tmpdir(), 'sluice-brk-'));
const nport = await freePort(), mport = await freePort();
let nats = await startNatsServer({ binary: nb, dataDir: join(dir, 'n'), port: nport });
let mongo = await startMongod({ binary: mb, dataDir: join(dir, 'm'), port: mport });
const stack = await startStack({ natsUrl: nats.url, mongoUrl: mongo.url, runners: 2, env: { JOB_LEASE_MS: '3000', LOG_LEVEL: 'info' }, topology: { leaseMs: 3000 } });
const t0 = Date.now(); const say = (...a: unknown[]) => console.log(((Date.now() - t0) / 1000).toFixed(1), ...a);
const { token, teamId } = await stack.register();
const profile = await stack.createProfile(token, 'demo?delay=30&key=load');
const sprofile = await stack.createProfile(token, 'demo?chunks=20&interval=20&key=stream');
const accepted = new Map<string, any>(); let done = false; const answers: Record<string, number> = {}; let longest = 0; const bad: any[] = [];
const count = (k: string) => { answers[k] = (answers[k] ?? 0) + 1; };
async function waiter(n: number) {
  while (!done) {
    const at = Date.now();
    try {
      const r = await stack.request('POST', '/api/llm/chat', { token, headers: { prefer: 'wait=15' }, body: { aiProfileId: profile, messages: [{ role: 'user', content: 'q' }] }, signal: AbortSignal.timeout(30000) });
      count(`w${r.status}${r.status === 200 ? r.body.status : r.body.code ?? ''}`);
      if (r.body.id) accepted.set(r.body.id, r);
      if (r.status >= 400) await sleep(100);
    } catch (e: any) { count(`w!${e.name}:${e.cause?.code ?? e.message.slice(0,40)}`); await sleep(100); }
    longest = Math.max(longest, Date.now() - at);
    await sleep(60);
  }
}
let slow = 0;
async function streamer() {
  while (!done) {
    const at = Date.now(); let id = ''; let text = ''; let last: any; let attempt = 0; let next = 0;
    try {
      for await (const e of stack.events('POST', '/api/llm/chat', { token, body: { aiProfileId: sprofile, stream: true, messages: [{ role: 'user', content: 'q' }] }, signal: AbortSignal.timeout(40000) })) {
        last = e; id = e.data.jobId ?? id;
        if (e.event === 'delta') { if (e.data.attempt !== attempt) { attempt = e.data.attempt; text = ''; next = 0; } if (e.data.index !== next) bad.push(['index', id, e.data.attempt, e.data.index, next]); next = e.data.index + 1; text += e.data.text ?? ''; }
        if (e.event === 'started' || e.event === 'retrying') { text = ''; next = 0; }
      }
      if (last?.event === 'finished') { count(`s-${last.data.status}`); if (last.data.result && last.data.result.text !== text) bad.push(['text', id, text.length, last.data.result.text.length, last.data.attempt, attempt]); }
      else count(`s-ended-${last?.event}`);
    } catch (e: any) { count(`s!${e.name}:${(e.cause?.code ?? e.message).slice(0, 40)}`); await sleep(100); }
    if (id) accepted.set(id, 1);
    slow = Math.max(slow, Date.now() - at);
  }
}
const only = process.argv[2] ?? 'all';
const all = [...Array.from({ length: 40 }, (_, n) => waiter(n)), ...Array.from({ length: 24 }, streamer)];
const flush = (l: string) => { say(l, JSON.stringify(answers), 'longest wait', longest, 'stream', slow, 'accepted', accepted.size, 'bad', bad.length); longest = 0; slow = 0; for (const k in answers) delete answers[k]; };
await sleep(3000); flush('base');
{ const s = stack.services.get('provider-runner-1')!; await s.end('SIGKILL'); (stack.services as Map<string, unknown>).delete('provider-runner-1'); stack.startRunner(); await sleep(5000); flush('runner kill'); }
{ await stack.service('jobs').end('SIGKILL'); await sleep(1500); await stack.restart('jobs'); await sleep(1500); flush('jobs kill'); }
{ await stack.service('auth').end('SIGKILL'); await sleep(1500); await stack.restart('auth'); await sleep(1500); flush('auth kill'); }
{ await stack.service('gateway').end('SIGKILL'); await stack.restart('gateway'); await sleep(2000); flush('gateway kill'); }
{ await nats.kill9(); await sleep(2000); nats = await startNatsServer({ binary: nb, dataDir: join(dir, 'n'), port: nport }); say('nats back'); await sleep(9000); flush('nats kill'); }
{ await mongo.kill9(); say('mongo down'); const a = Date.now(); let id: string | undefined;
  await sleep(4000); id = [...accepted.keys()].at(-1);
  const g = await stack.request('GET', `/api/jobs/${id}`, { token }).catch((e) => e); say('read with mongo down', g.status, g.body?.status ?? g.body?.code, Date.now() - a);
  const b = Date.now(); const li = await stack.request('GET', `/api/jobs`, { token }).catch((e) => e); say('list with mongo down', li.status, li.body?.code, Date.now() - b);
  await sleep(6000); flush('mongo down');
  mongo = await startMongod({ binary: mb, dataDir: join(dir, 'm'), port: mport }); say('mongo back'); await sleep(3000); flush('mongo back'); }
{ const s = [...stack.services.entries()].filter(([k]) => k.startsWith('provider-runner')).at(-1)![1]; s.signal('SIGSTOP'); await sleep(7000); s.signal('SIGCONT'); await sleep(4000); flush('runner stopped 7 s'); }
{ const s = stack.service('gateway'); s.signal('SIGSTOP'); await sleep(12000); s.signal('SIGCONT'); await sleep(5000); flush('gateway stopped 12 s'); }
done = true; await Promise.all(all); flush('drained'); await sleep(6000);
const nc = await connect({ url: nats.url, name: 'checker' });
let zero: string[] = [], many = 0; const req: Record<string, number> = {};
for (const id of accepted.keys()) { const m = await readSubject(nc, 'JOBS', `jobs.interactive.${teamId}.${id}.finished`); if (m.length === 0) zero.push(id); if (m.length > 1) many++; else if (m[0]) { const f: any = m[0].json(); const k = `${f.status}${f.error?.code ?? ''}#${f.run?.number}`; req[k] = (req[k] ?? 0) + 1; } }
say('accepted', accepted.size, 'without finished', zero.length, zero.slice(0, 3), 'several', many, req);
say('unfinished among all in stream:');
const { jetstreamManager } = await import('@nats-io/jetstream').catch(() => ({ jetstreamManager: null as any }));
if (jetstreamManager) { const j = await jetstreamManager(nc); const si = await j.streams.info('JOBS', { subjects_filter: '>' }); const subs = Object.entries(si.state.subjects ?? {}); const r = subs.filter(([s]) => s.endsWith('.requested')).map(([s]) => s.slice(0, -10)); const f = new Set(subs.filter(([s]) => s.endsWith('.finished')).map(([s]) => s.slice(0, -9))); const dup = subs.filter(([s, n]) => s.endsWith('.finished') && Number(n) > 1).length; say('requested', r.length, 'finished', f.size, 'dup', dup, 'missing', r.filter((x) => !f.has(x)).slice(0, 5)); }
say('provider', (await stack.providerCalls('load')).count, (await stack.providerCalls('stream')).count);
const list: any = await stack.request('GET', '/api/jobs?limit=5', { token }); say('list', list.status, list.body.items?.map((j: any) => j.status));
say('bad', bad.slice(0, 10));
const levels: Record<string, number> = {}; for (const l of stack.lines()) { const m = /"level":"?(error|fatal|50|60)/.exec(l); if (m) { const k = /"msg":"([^"]*)"/.exec(l)?.[1] ?? l.slice(0, 80); levels[k] = (levels[k] ?? 0) + 1; } else if (!l.startsWith('{')) levels['raw:' + l.slice(0, 100)] = 1; } say('errors', levels);
await nc.close(); await stack.stop(); await nats.stop(); await mongo.stop(); process.exit(0);
