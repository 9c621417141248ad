import type { LineResult } from '../line/line-bench.ts';
import { blocks, figure, table, targetTable } from './markdown.ts';

/** Shows what it costs to let people wait in line. */
export function lineSection(result: LineResult): string {
  const { people, stock, connections, steps, admissionMs, bytesPerPerson, targets } = result;
  const ms = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(1));
  const serving = steps.find(({ name }) => name === 'serving');
  const cpuUs = serving === undefined ? 0 : Object.values(serving.cpuUs).reduce((sum, us) => sum + us, 0);
  return blocks(
    '## The waiting line',
    `${people.toLocaleString('en')} people join a line for ${stock.toLocaleString('en')} coupons, on ${connections} ` +
      `connections. Then pages read \`line.serving\` and \`line.status\`, the line is let go, and people with and without ` +
      `a pass claim. Calling ${stock.toLocaleString('en')} people took ${Math.round(admissionMs).toLocaleString('en')} ms. ` +
      `A person in line takes ${figure(bytesPerPerson)} bytes of Redis's memory. A waiting page reads \`line.serving\` 60 ` +
      `times a minute, which costs ${figure((60 * cpuUs) / 1_000)} ms of CPU without a CDN.`,
    targetTable(targets),
    table(
      ['step', 'calls', 'calls/s', 'p50 ms', 'p99 ms', 'API us/call', 'Redis us/call', 'failed'],
      steps.map(({ name, calls, seconds, latency, cpuUs, failed }) => [
        name,
        figure(calls),
        figure(Math.round(calls / seconds)),
        ms(latency?.p50Ms),
        ms(latency?.p99Ms),
        figure(cpuUs.api),
        figure(cpuUs.redis),
        figure(failed),
      ]),
    ),
  );
}
