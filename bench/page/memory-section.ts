import type { MemoryResult } from '../memory/memory-bench.ts';
import { blocks, figure, table, targetTable } from './markdown.ts';

/** Shows how much memory the API keeps for claims that it has answered. */
export function memorySection({ claims, points, targets, rssBytesPerClaim }: MemoryResult): string {
  const mebi = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  return blocks(
    '## Memory of the API',
    `The samples cover ${claims.toLocaleString('en')} claims. Each was taken after the drain and a full garbage collection. ` +
      `Over the same samples, resident memory grew by ${figure(rssBytesPerClaim)} bytes per claim, because the allocator ` +
      `keeps memory that the heap has freed.`,
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
