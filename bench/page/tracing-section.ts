import { figureOf, type Sampling, type TracingResult } from '../tracing/tracing-bench.ts';
import { blocks, figure, table, targetTable } from './markdown.ts';

/** Shows what traces cost: accepted claims with an API that does not trace, and with APIs that do. */
export function tracingSection({ seconds, rounds, targets }: TracingResult): string {
  const of = (sampling: Sampling, name: Parameters<typeof figureOf>[2]): number => figureOf(rounds, sampling, name);
  const samplings: Sampling[] = ['off', '1%', '100%'];
  return blocks(
    '## Tracing',
    `Claims of \`redis-stream\` with APIs that record no claim, 1% of them, and all of them, in turns of ${seconds} s, ` +
      `${rounds.length} rounds. The collector runs on the same machine and throws everything away. The worker records 1% of its ` +
      `jobs and the rows of all recorded claims. At 100%, more spans end than a process can send, and the others are dropped.`,
    targetTable(targets),
    table(
      [
        'recorded',
        'accepted/s',
        'persisted/s',
        'p50 ms',
        'p99 ms',
        'API us/claim',
        'worker us/claim',
        'spans/claim sent',
      ],
      samplings.map((sampling) => [
        sampling,
        figure(Math.round(of(sampling, 'acceptedPerSecond'))),
        figure(Math.round(of(sampling, 'persistedPerSecond'))),
        of(sampling, 'p50Ms').toFixed(1),
        of(sampling, 'p99Ms').toFixed(1),
        of(sampling, 'apiCpuUsPerClaim').toFixed(1),
        of(sampling, 'workerCpuUsPerClaim').toFixed(1),
        of(sampling, 'spansPerClaim').toFixed(2),
      ]),
    ),
  );
}
