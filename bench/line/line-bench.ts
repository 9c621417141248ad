import { setTimeout as sleep } from 'node:timers/promises';
import { createTokenMint } from '../../core/access/mint-token.ts';
import { roundKeys } from '../../core/redis/keys.ts';
import { createApiClient } from '../../proof/flash-sale/api-client.ts';
import { claimRequest } from '../../proof/flash-sale/claim-call.ts';
import { createHttpPool, type HttpPool } from '../../proof/flash-sale/http-pool.ts';
import { bothUs, cpuSpentByEach, mapProcesses, readCpuTimes, type ProcessName } from '../meters/cpu-times.ts';
import { latencyOf, type Latency } from '../meters/latency.ts';
import type { Target } from '../results/target.ts';
import type { BenchSystem } from '../system/bench-system.ts';

/** One step of the bench: what it did, how long that took, and what it cost. `cpuUs` is for each call. */
export type LineStep = {
  name: 'join' | 'serving' | 'status' | 'claims without a pass' | 'claims with a pass';
  calls: number;
  failed: number;
  seconds: number;
  latency: Latency;
  cpuUs: Record<ProcessName, number>;
};

export type LineResult = {
  people: number;
  stock: number;
  connections: number;
  steps: LineStep[];
  /** How long Redis took to call everybody for whom there is a coupon. */
  admissionMs: number;
  bytesPerPerson: number;
  issued: number;
  issuedWithoutPass: number;
  /** How many people got a coupon although somebody with a better place got none. */
  overtaken: number;
  targets: Target[];
};

const connections = 64;
const callTimeoutMs = 10_000;
const admittedWithinMs = 30_000;

/**
 * Lets people join a line for far fewer coupons, reads what waiting pages read, calls those who are first, and lets them
 * and others claim. Each step calls on 64 connections.
 */
export async function benchLine(
  system: BenchSystem,
  { quick }: { quick: boolean },
  say: (line: string) => void,
): Promise<LineResult> {
  const [people, stock] = quick ? [3_000, 100] : [100_000, 1_000];
  const { hostname: host, port: portText } = new URL(system.api.url);
  const at = { host, port: Number(portText) };
  const mint = createTokenMint(system.authSecret);
  const tokenOf = (sub: string, role?: 'operator'): string => mint({ sub, role }, 3_600_000, Date.now());
  const operator = createApiClient(system.api.url, tokenOf('bench', 'operator'));
  const event = await system.createEvent({ name: 'line', stock });
  const eventId = event.id;
  await operator.admin.event.update.mutate({ eventId, line: 'fifo', admitPerSecond: 0 });
  const tokens = Array.from({ length: people }, (_, index) => tokenOf(`line-${index}`));
  const { waiting } = roundKeys(eventId, event.round);
  const pool = createHttpPool({ ...at, connectionsMax: connections, timeoutMs: callTimeoutMs });
  const steps: LineStep[] = [];
  const step = async (name: LineStep['name'], requests: string[]): Promise<string[]> => {
    const measured = await measure(system, pool, name, requests);
    const { calls, failed, seconds } = measured.step;
    say(`  ${name}: ${Math.round(calls / seconds).toLocaleString('en')}/s, ${failed} failed`);
    steps.push(measured.step);
    return measured.bodies;
  };
  const post = (path: string, token: string) => request(at, 'POST', `/trpc/${path}`, token, { eventId });
  const get = (path: string, token?: string) => {
    const input = encodeURIComponent(JSON.stringify({ eventId }));
    return request(at, 'GET', `/trpc/${path}?input=${input}`, token);
  };
  try {
    const joined = await step(
      'join',
      tokens.map((token) => post('line.join', token)),
    );
    const places = joined.map((body) => Number(/"place":(\d+)/.exec(body)?.[1] ?? NaN));
    const bytes = Number(await system.redis.memory('USAGE', waiting, 'SAMPLES', 0));
    const reads = Math.min(people, 50_000);
    await step(
      'serving',
      Array.from({ length: reads }, () => get('line.serving')),
    );
    await step(
      'status',
      tokens.slice(0, Math.min(people, 10_000)).map((token) => get('line.status', token)),
    );
    const admissionMs = await admit(operator, eventId, stock);
    const without = tokens.filter((_, index) => (places[index] ?? 0) > stock).slice(0, 10_000);
    const refused = await step(
      'claims without a pass',
      without.map((token) => claimRequest(at, eventId, token)),
    );
    const passes = tokens.filter((_, index) => (places[index] ?? Infinity) <= stock);
    const won = await step(
      'claims with a pass',
      passes.map((token) => claimRequest(at, eventId, token)),
    );
    const issued = won.filter((body) => body.includes('"issued"')).length;
    const issuedWithoutPass = refused.filter((body) => body.includes('"issued"')).length;
    const result = {
      ...{ people, stock, connections, steps, admissionMs, bytesPerPerson: bytes / people },
      ...{ issued, issuedWithoutPass, overtaken: passes.length - issued + issuedWithoutPass },
    };
    return { ...result, targets: lineTargets(result) };
  } finally {
    pool.close();
    await system.closeEvent(eventId);
  }
}

async function measure(
  system: BenchSystem,
  pool: HttpPool,
  name: LineStep['name'],
  requests: readonly string[],
): Promise<{ step: LineStep; bodies: string[] }> {
  const bodies: string[] = [];
  const latencies: number[] = [];
  let failed = 0;
  const before = readCpuTimes(system.pids);
  const startedMs = performance.now();
  await Promise.all(
    requests.map(async (sent, index) => {
      const { reply, sentAtMs, receivedAtMs } = await pool.call(sent);
      latencies.push(receivedAtMs - sentAtMs);
      if (reply instanceof Error || reply.status >= 400) failed += 1;
      bodies[index] = reply instanceof Error ? '' : reply.body;
    }),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  const spent = cpuSpentByEach(before, readCpuTimes(system.pids));
  const cpuUs = mapProcesses((process) => bothUs(spent[process]) / Math.max(1, requests.length));
  return { step: { name, calls: requests.length, failed, seconds, latency: latencyOf(latencies), cpuUs }, bodies };
}

/** Lets the line move, and resolves to how long it took until everybody for whom there is a coupon was called. */
async function admit(operator: ReturnType<typeof createApiClient>, eventId: string, stock: number): Promise<number> {
  const startedMs = performance.now();
  await operator.admin.event.update.mutate({ eventId, admitPerSecond: null });
  for (;;) {
    const { called } = await operator.admin.line.get.query({ eventId });
    const tookMs = performance.now() - startedMs;
    if (called >= stock) return tookMs;
    if (tookMs > admittedWithinMs) throw new Error(`Only ${called} of ${stock} people were called in time.`);
    await sleep(20);
  }
}

function request(
  { host, port }: { host: string; port: number },
  method: 'GET' | 'POST',
  path: string,
  token?: string,
  input?: object,
): string {
  const body = input === undefined ? '' : JSON.stringify(input);
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  const content = body === '' ? '' : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n${authorization}${content}\r\n${body}`;
}

export function lineTargets({
  stock,
  steps,
  bytesPerPerson,
  issued,
  issuedWithoutPass,
  overtaken,
}: Omit<LineResult, 'targets'>): Target[] {
  return [
    { name: 'coupons sold', unit: '', value: issued, target: stock, want: 'at least' },
    { name: 'coupons sold without a pass', unit: '', value: issuedWithoutPass, target: 0, want: 'at most' },
    { name: 'people who were overtaken', unit: '', value: overtaken, target: 0, want: 'at most' },
    {
      ...{ name: 'calls that failed', unit: '', target: 0, want: 'at most' },
      value: steps.reduce((sum, { failed }) => sum + failed, 0),
    },
    { name: 'memory in Redis for each person', unit: 'bytes', value: bytesPerPerson, target: 150, want: 'at most' },
  ];
}
