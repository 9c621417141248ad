import type { MemoryResult } from '../memory/memory-bench.ts';
import { blocks, figure, table, targetTable } from './markdown.ts';

/** What the API keeps of the claims that it has answered. */
export function memorySection({ claims, points, targets, rssBytesPerClaim }: MemoryResult): string {
  const mebi = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  return blocks(
    '## Memory of the API',
    `Over ${claims.toLocaleString('en')} claims, each sample after the drain and a full garbage collection. Resident ` +
      `memory grew by ${figure(rssBytesPerClaim)} bytes a claim over the same samples; the allocator keeps what the ` +
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
  );
}
