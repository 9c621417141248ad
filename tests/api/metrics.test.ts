import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../api/metrics.ts';
import { catalogue } from '../../core/metrics/catalogue.ts';
import { parseMetrics, valueOf } from '../support/metrics-text.ts';
import { callerAt } from './call.ts';
import { openRealApi } from './real-server.ts';
import { openTestApi } from './test-server.ts';
import { userToken } from './tokens.ts';

describe('/metrics', () => {
  it('counts claims by outcome and requests by lane and status, and measures how long claims take', async () => {
    await using api = await openTestApi();
    const kim = callerAt(api.url, userToken('kim'));
    for (const eventId of [
      'open',
      'open',
      'open',
      'sold-out',
      'paused',
      'closed',
      'scheduled',
      'busy',
      'unavailable',
      'gate-lost',
      'broken',
      'nobody',
      '?',
    ]) {
      await kim.mutate('claim.submit', { eventId });
    }
    await callerAt(api.url).mutate('claim.submit', { eventId: 'open' });
    await kim.query('event.get', { eventId: 'open' });
    await kim.query('event.list', {});
    await kim.query('claim.list', {});
    const response = await fetch(`${api.url}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const samples = parseMetrics(await response.text());
    const outcomes: Record<string, number> = Object.fromEntries(
      samples
        .filter(({ name, value }) => name === catalogue.claims.name && value > 0)
        .map(({ labels, value }) => [labels['outcome'] ?? '', value]),
    );
    expect(outcomes).toEqual({
      ...{ issued: 1, replayed: 2, sold_out: 1, paused: 1, closed: 1, not_open: 1 },
      ...{ busy: 1, unavailable: 1, gate_lost: 1, not_found: 1, error: 1 },
    });
    expect(valueOf(samples, catalogue.claims.name, { outcome: 'overloaded' })).toBe(0);
    expect(valueOf(samples, `${catalogue.claimDuration.name}_count`, { outcome: 'replayed' })).toBe(2);
    expect(valueOf(samples, `${catalogue.claimDuration.name}_bucket`, { outcome: 'replayed', le: '+Inf' })).toBe(2);
    const requests = (lane: string, status: number) =>
      valueOf(samples, catalogue.requests.name, { lane, status: String(status) });
    expect(requests('hot', 200)).toBe(7);
    expect(requests('hot', 400)).toBe(1);
    expect(requests('hot', 401)).toBe(1);
    expect(requests('hot', 404)).toBe(1);
    expect(requests('hot', 429)).toBe(1);
    expect(requests('hot', 500)).toBe(1);
    expect(requests('hot', 503)).toBe(2);
    expect(requests('read', 200)).toBe(2);
    expect(requests('stock', 200)).toBe(1);
  });

  it('reports batch sizes, the outbox, the lag and the process on real stores, and names no user', async () => {
    await using api = await openRealApi();
    const operator = api.admin('operator');
    const { data } = await operator.mutate('admin.event.create', {
      ...{ name: 'Sale', amount: 1, stock: 5, opensAt: new Date(api.platform.clock.nowMs() + 60_000).toISOString() },
    });
    const { id } = data as { id: string };
    await api.user('kim-of-the-metrics').mutate('claim.submit', { eventId: id });
    const text = await (await fetch(`${api.url}/metrics`)).text();
    const samples = parseMetrics(text);
    expect(valueOf(samples, `${catalogue.batchSize.name}_count`)).toBeGreaterThan(0);
    expect(valueOf(samples, catalogue.processes.name)).toBe(1);
    expect(text).not.toContain('kim-of-the-metrics');
  });
});

it('reports the CPU, memory and event loop of the process', async () => {
  const text = await createMetrics({ processMetrics: true }).registry.metrics();
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
  ]) {
    expect(text).toContain(`# TYPE ${name} `);
  }
});
