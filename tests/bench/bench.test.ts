import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../admin-cli/usage-error.ts';
import { batchesSince } from '../../bench/meters/batch-sizes.ts';
import { readCpuTime } from '../../bench/meters/cpu-time.ts';
import { benchCommand, secondsOf } from '../../bench/options.ts';
import { isReached, median, reachedWords, roundTo, targetWords } from '../../bench/results/target.ts';
import { writeRequestFile } from '../../bench/wrk/request-file.ts';

describe('bench targets', () => {
  it('report whether they were reached, and by how much they were missed', () => {
    const ratio = { name: 'ratio', unit: '', value: 0.43, target: 0.4, want: 'at least' } as const;
    expect(isReached(ratio)).toBe(true);
    expect(targetWords(ratio)).toBe('at least 0.4: reached');
    expect(targetWords({ ...ratio, value: 0.3 })).toBe('at least 0.4: missed by 0.100');
    expect(targetWords({ ...ratio, value: 0.5, want: 'at most' })).toBe('at most 0.4: missed by 0.100');
  });

  it('are missed if the value was not measured', () => {
    for (const want of ['at least', 'at most'] as const) {
      const target = { name: 'x', unit: 'ms', value: null, target: 1, want };
      expect(isReached(target)).toBe(false);
      expect(reachedWords(target)).toBe('not measured');
      expect(targetWords(target)).toBe(`${want} 1: not measured`);
    }
  });

  it('print figures with three significant digits', () => {
    expect([0, 0.0123, 1.234, 123.4, 12_345.6].map(roundTo)).toEqual(['0', '0.0123', '1.23', '123', '12,346']);
  });

  it('compare medians', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  });
});

describe('the bench', () => {
  it('writes requests of equal length, each for a different user', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'firstcome-requests-'));
    try {
      const secret = 'x'.repeat(32);
      const path = join(dir, 'requests');
      const file = await writeRequestFile({ path, count: 1_001, crowd: 'c', eventId: 'ev_1', authSecret: secret });
      const text = readFileSync(path, 'latin1');
      expect(text).toHaveLength(1_001 * file.requestBytes);
      const requests = Array.from({ length: 1_001 }, (_, i) => text.substr(i * file.requestBytes, file.requestBytes));
      expect(new Set(requests).size).toBe(1_001);
      for (const request of requests) expect(request).toMatch(/^POST \/trpc\/claim\.submit HTTP\/1\.1\r\n[^]*"\}$/);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it.runIf(process.platform === 'linux')('reads a process’s CPU time', () => {
    const { user, system } = process.cpuUsage();
    const read = readCpuTime(process.pid);
    // The kernel counts in ticks of 10 ms, and rounds user and system times separately.
    expect(Math.abs(read.userUs + read.systemUs - user - system)).toBeLessThan(200_000);
  });

  it('counts only the batches that were sent during a load', () => {
    const before = { batches: 10, claims: 100, upTo: { '1': 5, '+Inf': 10 } };
    const after = { batches: 14, claims: 220, upTo: { '1': 6, '+Inf': 14 } };
    expect(batchesSince(before, after)).toEqual({ batches: 4, claims: 120, mean: 30, upTo: { '1': 1, '+Inf': 4 } });
  });

  it('reads its arguments', () => {
    expect(benchCommand.parse(['memory', '--claims', '5000'])).toMatchObject({ parts: ['memory'], claims: 5_000 });
    const all = [
      ...['claims', 'opening', 'memory', 'strategies', 'locks', 'reconcile', 'pages', 'limits', 'line', 'tracing'],
    ];
    expect(benchCommand.parse([])).toMatchObject({ parts: all, rounds: 3, seconds: null, store: true });
    expect(benchCommand.parse(['ceiling'])).toMatchObject({ parts: ['claims'] });
    expect(benchCommand.parse(['locks', 'strategies'])).toMatchObject({ parts: ['strategies', 'locks'] });
    expect(benchCommand.parse(['report'])).toMatchObject({ parts: [] });
    expect(() => benchCommand.parse(['speed'])).toThrow(UsageError);
    expect(() => benchCommand.parse(['--strategies', 'db-lock,quick'])).toThrow(UsageError);
    expect(() => benchCommand.parse(['--rounds', '0'])).toThrow(
      "'--rounds <n>' argument '0' is invalid. It must be a whole number from 1 to 1000.",
    );
  });

  it('stores no results of a quick run, or of a run with only some of the strategies', () => {
    expect(benchCommand.parse(['strategies', '--quick'])).toMatchObject({ store: false, rounds: 1 });
    const some = benchCommand.parse(['strategies', '--strategies', 'db-lock, redis-stream']);
    expect(some).toMatchObject({ store: false, strategies: ['db-lock', 'redis-stream'] });
  });

  it('has a default length of load for each part', () => {
    const lengths = (...args: string[]) => {
      const options = benchCommand.parse(args);
      return [secondsOf(options, 'claims'), secondsOf(options, 'strategies')];
    };
    expect(lengths('--seconds', '7')).toEqual([7, 7]);
    const [claims = 0, strategies = 0] = lengths();
    expect(claims).toBeGreaterThan(strategies);
  });
});
