import { Pool } from 'undici';
import { percentile } from './statistics.ts';

export type Target = { url: string; path: string; headers: Record<string, string>; body: string };
export type Measured = {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  requests: number;
  failures: number;
};

/**
 * Keeps `clients` requests in flight for `seconds`: each client asks again as soon as it was answered. Any
 * answer but 200 counts as a failure.
 */
export async function closedLoop(target: Target, clients: number, seconds: number): Promise<Measured> {
  const { url, path, headers, body } = target;
  const pool = new Pool(url, { connections: clients, pipelining: 1 });
  const latencies: number[] = [];
  let failures = 0;
  const begin = performance.now();
  const end = begin + seconds * 1000;
  async function client(): Promise<void> {
    while (performance.now() < end) {
      const asked = performance.now();
      const answer = await pool.request({ path, method: 'POST', headers, body });
      await answer.body.arrayBuffer();
      if (answer.statusCode === 200) latencies.push(performance.now() - asked);
      else failures += 1;
    }
  }
  await Promise.all(Array.from({ length: clients }, client));
  const tookSeconds = (performance.now() - begin) / 1000;
  await pool.close();
  return {
    requestsPerSecond: latencies.length / tookSeconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    requests: latencies.length,
    failures,
  };
}
