import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { ClaimsResult } from './claims-bench.ts';
import type { Setting } from './machine.ts';
import type { MemoryResult } from './memory-bench.ts';
import { medianOpeningMs, type OpeningResult } from './opening-bench.ts';
import { readResults, type StoredResult } from './results.ts';
import { roundTo, targetWords, type Target } from './target.ts';

/** Writes `README.md` from the newest raw result of each part. */
export async function writePerformancePage(folder: string): Promise<string> {
  const newest = new Map<StoredResult['part'], { name: string; stored: StoredResult }>();
  for (const result of readResults(folder)) newest.set(result.stored.part, result);
  const sections = (['claims', 'opening', 'memory'] as const).flatMap((part) => {
    const found = newest.get(part);
    return found === undefined ? [] : [section(found.name, found.stored)];
  });
  const page = [intro, ...sections].join('\n\n');
  const path = join(folder, 'README.md');
  writeFileSync(path, await format(page, { ...(await resolveConfig(path)), parser: 'markdown' }));
  return path;
}

const intro = `# Performance

Made by \`npm run bench -- report\` from the raw results beside it; don't edit it. \`npm run bench\` measures anew.

Load generator, API, worker, Redis and MySQL share one machine, so figures of different runs don't compare: what counts
are the ratios within a run. The generator is \`wrk -t1 -c64\`, a closed loop: its latencies are those of 64 callers who
wait for each answer, not those of a crowd. \`npm run flash-sale\` measures a crowd that does not wait.`;

function section(name: string, stored: StoredResult): string {
  const body = (): string => {
    switch (stored.part) {
      case 'claims':
        return claimsSection(stored.result);
      case 'opening':
        return openingSection(stored.result);
      case 'memory':
        return memorySection(stored.result);
    }
  };
  return [body(), settingLine(name, stored.setting)].join('\n\n');
}

function settingLine(
  name: string,
  { machine, versions, durability, commit, modified, command, measuredAt }: Setting,
): string {
  return (
    `Raw: [${name}](${name}), ${measuredAt}, commit ${commit.slice(0, 10)}${modified ? ' with changes' : ''}, ` +
    `\`${command}\`. ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}; ` +
    `Node ${versions.node}, Redis ${versions.redis} (appendonly ${durability.appendonly}, appendfsync ` +
    `${durability.appendfsync}, ${durability.maxmemoryPolicy}), MySQL ${versions.mysql} ` +
    `(innodb_flush_log_at_trx_commit ${durability.innodbFlushLogAtTrxCommit}), ${versions.wrk.split(' [')[0] ?? ''}.`
  );
}

function targetTable(targets: Target[]): string {
  return table(
    ['', 'reached', 'target'],
    targets.map((target) => [target.name, `${roundTo(target.value)} ${target.unit}`.trim(), targetWords(target)]),
  );
}

function claimsSection({ medians, targets, rounds, seconds }: ClaimsResult): string {
  const show = (name: string): string => roundTo(medians[name] ?? NaN);
  const row = (label: string, name: string): string[] => [
    label,
    show(`${name}UserUsPerClaim`),
    show(`${name}SystemUsPerClaim`),
    show(`${name}CpuUsPerClaim`),
  ];
  return [
    '## Claims',
    `Distinct users, each token seen for the first time, stock larger than the load, one API process, worker and MySQL ` +
      `running. Medians of ${rounds.length} rounds of ${seconds} s, each followed by the wait until MySQL has all.`,
    targetTable(targets),
    table(
      ['', 'per second', 'p50 ms', 'p99 ms'],
      [
        ['bare `node:http`, a constant', show('barePerSecond'), '', ''],
        ['bare `node:http`, sent the same POSTs', show('barePostPerSecond'), '', ''],
        ['stock tRPC on Express, accepted', show('stockAcceptedPerSecond'), show('stockP50Ms'), show('stockP99Ms')],
        ['hot lane, accepted', show('acceptedPerSecond'), show('p50Ms'), show('p99Ms')],
        ['hot lane, persisted (load and drain)', show('persistedPerSecond'), '', ''],
      ],
    ),
    `MySQL had all ${show('drainMs')} ms after the load. ${show('claimsPerBatch')} claims went to Redis together.`,
    'CPU us for each claim that is in MySQL, load and drain together:',
    table(
      ['', 'user', 'system', 'both'],
      [row('API', 'api'), row('worker', 'worker'), row('Redis', 'redis'), row('MySQL', 'mysql')],
    ),
    `Together ${show('cpuUsPerClaim')} us; through stock tRPC on Express ${show('stockCpuUsPerClaim')} us.`,
  ].join('\n\n');
}

function openingSection({ openings, targets, stock, crowdSeconds }: OpeningResult): string {
  return [
    '## Opening',
    `A crowd of 64 connections keeps asking for ${crowdSeconds} s around the opening of an event of ${stock} coupons; ` +
      `times are Redis's, in whole ms. Median with the worker running: ${roundTo(medianOpeningMs(openings))} ms.`,
    targetTable(targets),
    table(
      ['worker', 'first claim after ms', 'claims before', 'issued', 'calls'],
      openings.map((opening) => [
        opening.worker,
        String(opening.firstAcceptedAfterMs),
        String(opening.acceptedBefore),
        String(opening.issued),
        String(opening.calls),
      ]),
    ),
  ].join('\n\n');
}

function memorySection({ claims, points, targets, rssBytesPerClaim }: MemoryResult): string {
  const mebi = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  return [
    '## Memory of the API',
    `Over ${claims.toLocaleString('en')} claims, each sample after the drain and a full garbage collection. Resident ` +
      `memory grew by ${roundTo(rssBytesPerClaim)} bytes a claim over the same samples; the allocator keeps what the ` +
      `heap gave back.`,
    targetTable(targets),
    table(
      ['claims', 'heap MiB', 'resident MiB', 'handles and timers', 'process listeners'],
      points.map((point) => [
        point.claims.toLocaleString('en'),
        mebi(point.heapUsedBytes),
        mebi(point.rssBytes),
        String(Object.values(point.resources).reduce((sum, count) => sum + count, 0)),
        String(point.processListeners),
      ]),
    ),
  ].join('\n\n');
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
