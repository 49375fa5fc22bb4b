import { connect as tcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@sluice/messaging';
import { startStack, startService, readEvents } from '@sluice/testing';
import { readFileSync } from 'node:fs';
const stack = await startStack({ runners: 1, env: { LOG_LEVEL: 'debug', RETRY_BASE_MS: '50' } });
const t0 = Date.now(); const say = (...a: unknown[]) => console.log(((Date.now() - t0) / 1000).toFixed(1), ...a);
const KEY = 'sk-echo-SECRETKEY-abcdefgh-987654';
const { token, teamId } = await stack.register();
const nc = await connect({ url: stack.natsUrl, name: 'spy' }); const seen: string[] = []; let spied = 0;
nc.subscribe('>', { callback: (_e, m) => { spied++; const s = m.string(); if (s.includes('SECRETKEY') || (m.headers && JSON.stringify([...m.headers as any]).includes('SECRETKEY'))) seen.push(m.subject); } });
const rss = () => /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${stack.service('gateway').pid}/status`, 'utf8'))?.[1];
const chat = (p: string, h: any = {}, more: any = {}) => stack.request('POST', '/api/llm/chat', { token, headers: { prefer: 'wait=20', ...h }, body: { aiProfileId: p, messages: [{ role: 'user', content: 'q' }], ...more } });
for (const model of ['demo?html=1', 'demo?truncate=3&chunks=6', 'demo?cut=2', 'demo?empty=1', 'demo?malformed=1', 'demo?status=429&retry-after=1&times=1', 'demo?status=429&retry-after=9999999', 'demo?status=401&echo=key', 'demo?status=500&echo=key', 'demo?status=400&echo=key&html=1'])
  for (const stream of [false, true]) {
    const p = await stack.createProfile(token, model, KEY); const a = Date.now();
    const r = stream ? await (async () => { const ev: any[] = []; for await (const e of stack.events('POST', '/api/llm/chat', { token, body: { aiProfileId: p, stream: true, maxAttempts: 2, messages: [{ role: 'user', content: 'q' }] }, signal: AbortSignal.timeout(15000) })) ev.push(e); return { status: 200, body: ev.at(-1)?.data }; })().catch((e) => ({ status: 0, body: { error: { code: String(e) } } })) : await chat(p, { prefer: 'wait=12' }, { maxAttempts: 2 });
    say(model, stream ? 'stream' : 'json', r.status, r.body?.status, r.body?.attempt, r.body?.error?.code, JSON.stringify(r.body?.error ?? null).slice(0, 160), Date.now() - a);
  }
say('key on the bus', seen, 'of', spied, 'in logs', stack.lines().filter((l) => l.includes('SECRETKEY')).length);
const { MongoClient } = await import('mongodb').catch(() => ({ MongoClient: null as any }));
if (MongoClient) { const c = new MongoClient(stack.mongoUrl); let hit = 0, n = 0; const db = c.db(); for (const { name } of await db.listCollections().toArray()) for await (const d of db.collection(name).find()) { n++; if (JSON.stringify(d).includes('SECRETKEY')) hit++; } say('key in mongo', hit, 'of', n); await c.close(); }
// weird http
const port = Number(new URL(stack.url).port);
const rawHttp = (text: string | Buffer, ms = 1500) => new Promise<string>((ok) => { const s = tcp(port, '127.0.0.1'); let got = ''; s.on('data', (d) => { got += d; }); s.on('close', () => ok(got)); s.on('error', () => ok(got + '!err')); s.write(text); setTimeout(() => { s.destroy(); ok(got); }, ms); });
const line = (s: string) => JSON.stringify(s.slice(0, 60) + ' … ' + s.slice(-150));
say('huge header', line(await rawHttp(`GET /healthz HTTP/1.1\r\nHost: x\r\nx-a: ${'a'.repeat(40000)}\r\n\r\n`)));
say('pipelined', (await rawHttp('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20))).split('HTTP/1.1 200').length - 1);
say('broken http', line(await rawHttp('GARBAGE\r\n\r\n')));
const p0 = await stack.createProfile(token, 'demo?key=weird');
for (const [n, body] of Object.entries({ broken: '{"a":', proto: `{"__proto__":{"x":1},"aiProfileId":"${p0}","messages":[{"role":"user","content":"x"}]}`, ctor: `{"constructor":{"prototype":{"x":1}},"aiProfileId":"${p0}","messages":[{"role":"user","content":"x"}]}`, protometa: `{"aiProfileId":"${p0}","metadata":{"__proto__":"x"},"messages":[{"role":"user","content":"x"}]}`, deep: '['.repeat(200000) + ']'.repeat(200000), deepmeta: `{"aiProfileId":"${p0}","messages":[{"role":"user","content":"x"}],"metadata":${'{"a":'.repeat(20000)}1${'}'.repeat(20000)}}`, nul: `{"aiProfileId":"${p0}","messages":[{"role":"user","content":"a\\u0000b"}]}`, lone: `{"aiProfileId":"${p0}","messages":[{"role":"user","content":"a\\ud83db"}],"metadata":{"k":"\\ud83d"}}` })) {
  const r = await stack.request('POST', '/api/llm/chat', { token, body, headers: { prefer: 'wait=10', 'idempotency-key': 'weird-' + n } }); say('body', n, r.status, r.body.status ?? '', r.body.code ?? '', (r.body.message ?? r.body.result?.text ?? JSON.stringify(r.body.error)).slice(0, 120));
}
for (const text of ['👩‍👩‍👧‍👦🌊é日本']) { const p = await stack.createProfile(token, `demo?text=${encodeURIComponent(text.repeat(50))}&chunks=300&interval=1`); let t = '', fin: any; for await (const e of stack.events('POST', '/api/llm/chat', { token, body: { aiProfileId: p, stream: true, messages: [{ role: 'user', content: 'q' }] } })) { t += e.data.text ?? ''; fin = e; } say('emoji', t === text.repeat(50), fin.data.status); }
// last-event-id garbage
const j = (await chat(p0)).body.id;
for (const id of ['garbage', '../../x', '-1', '0', '999999999999999999999.1.1', '1.1.-1', 'a'.repeat(5000), '\u00ff', '1-1-1-1-1']) { const r = await stack.raw('GET', `/api/jobs/${j}/events`, { token, headers: { 'last-event-id': id } }).catch((e) => e); const text = r.text ? await r.text() : String(r); say('last-event-id', id.slice(0, 20), r.status, text.slice(0, 70).replaceAll('\n', '|')); }
// large results
for (const size of [3_000_000, 6_000_000]) { const p = await stack.createProfile(token, `demo?size=${size}`); let t = '', last = '', att: any; const go = async (h: any, m: string, path: string) => { try { for await (const e of stack.events(m, path, { token, headers: h, ...(m === 'POST' && { body: { aiProfileId: p, stream: true, messages: [{ role: 'user', content: 'q' }] } }), signal: AbortSignal.timeout(20000) })) { if (e.event === 'delta') t += e.data.text ?? ''; att = e; last = e.id; } } catch (e) { say('  cut', String(e)); } }; await go({}, 'POST', '/api/llm/chat'); const id = att?.data.jobId; say('large', size, t.length, att?.event, att?.data.status, att?.data.error?.code);
  for (let i = 0; i < 3 && att?.event !== 'finished'; i++) { await go({ 'last-event-id': last }, 'GET', `/api/jobs/${id}/events`); say('  resumed', t.length, att?.event); } const one = await stack.request('GET', `/api/jobs/${id}`, { token }); say('  get', one.status, one.body.status, one.body.result?.text.length); }
{ const p = await stack.createProfile(token, `demo?chunks=40000`); const r = await chat(p, { prefer: 'respond-async' }, { stream: true }); const id = r.body.id; for (;;) { const g = await stack.request('GET', `/api/jobs/${id}`, { token }); if (g.body.finishedAt) { say('many chunks', g.body.status, g.body.result?.text.length, JSON.stringify(g.body.error)); break; } await sleep(200); } let t = '', n = 0, ev = ''; try { for await (const e of stack.events('GET', `/api/jobs/${id}/events`, { token, signal: AbortSignal.timeout(20000) })) { t += e.event === 'delta' ? e.data.text ?? '' : ''; n++; ev = e.event; } } catch (e) { say('  cut', String(e), n); } say('replay of 40000 chunks', n, t.length, ev); }
// disconnect at once
{ const p = await stack.createProfile(token, 'demo?chunks=20&interval=10&key=gone'); const body = JSON.stringify({ aiProfileId: p, stream: true, messages: [{ role: 'user', content: 'q' }] }); const req = `POST /api/llm/chat HTTP/1.1\r\nHost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  for (let i = 0; i < 200; i++) { await new Promise<void>((ok) => { const s = tcp(port, '127.0.0.1', () => { s.write(req, () => setTimeout(() => { s.resetAndDestroy(); ok(); }, i % 4)); }); s.on('error', () => ok()); }); } await sleep(2500);
  const before = spied; let looks = 0; nc.subscribe('$JS.API.>', { callback: (_e, m) => { if (m.subject.includes('MSG.GET') || m.subject.includes('DIRECT')) looks++; } }); await sleep(12000); say('gone: provider calls', (await stack.providerCalls('gone')).count, 'lookups of ended jobs in 12 idle s', looks); void before; }
// 1000 watchers
{ const p = await stack.createProfile(token, 'demo?chunks=100&interval=40'); const r = await chat(p, { prefer: 'respond-async' }, { stream: true }); const m0 = rss(); const a = Date.now(); const res = await Promise.all(Array.from({ length: 1000 }, async () => { try { let t = '', f: any; for await (const e of stack.events('GET', `/api/jobs/${r.body.id}/events`, { token, signal: AbortSignal.timeout(40000) })) { if (e.event === 'delta') t += e.data.text ?? ''; f = e; } return f?.event === 'finished' && f.data.result.text === t ? 'ok' : `bad ${f?.event} ${t.length}`; } catch (e: any) { return String(e).slice(0, 80); } })); const c: any = {}; for (const x of res) c[x] = (c[x] ?? 0) + 1; say('1000 watchers', c, Date.now() - a, 'ms rss', m0, rss()); }
// slow reader
{ const p = await stack.createProfile(token, 'demo?size=3000000'); const body = JSON.stringify({ aiProfileId: p, stream: true, messages: [{ role: 'user', content: 'q' }] }); const m0 = rss(); const ss = Array.from({ length: 20 }, () => { const s = tcp(port, '127.0.0.1'); s.pause(); s.on('error', () => {}); s.write(`POST /api/llm/chat HTTP/1.1\r\nHost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`); return s; }); await sleep(5000); say('20 stalled readers of 3 MB: rss', m0, rss()); for (const s of ss) s.destroy(); }
{ const q = { token, body: { aiProfileId: p0, messages: [{ role: 'user', content: 'q' }] } }; void q; }
await nc.close(); await stack.stop(); process.exit(0); void startService; void readEvents; void teamId;
