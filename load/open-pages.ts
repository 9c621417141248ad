import { setTimeout as sleep } from 'node:timers/promises';
import { npmCommand, runCommand } from '../scripts/command/npm-command.ts';
import { numberBetween } from '../scripts/command/options.ts';
import { openPages, type OpenPages } from './pages/open-pages.ts';

type Options = { event: string; url: string; pages: number; seconds: number };

const command = npmCommand<Options>('npm run open-pages --', (described) =>
  described
    .description(
      'Opens simulated pages on an event, which poll like the real page, and prints what that costs the API each second.',
    )
    .requiredOption('--event <id>', 'the event')
    .option('--url <url>', 'URL of the API', 'http://127.0.0.1:3000')
    .option('--pages <n>', 'number of pages', numberBetween(1, 1_000_000), 5_000)
    .option('--seconds <n>', 'how long they stay open', numberBetween(1, 86_400), 60),
);

async function main({ event: eventId, url, pages: count, seconds }: Options): Promise<void> {
  const { hostname: host, port } = new URL(url);
  const target = { host, port: Number(port === '' ? 80 : port), eventId };
  const pages = await openPages({ ...target, pages: count, overMs: 5_000 });
  try {
    let cpu = await cpuSeconds(url);
    for (let second = 1; second <= seconds; second += 1) {
      const before = pages.tookMs.length;
      await sleep(1_000);
      const now = await cpuSeconds(url);
      process.stdout.write(`${line(second, pages, before, now - cpu)}\n`);
      cpu = now;
    }
  } finally {
    pages.close();
  }
}

function line(second: number, { seen, tookMs, failures }: OpenPages, before: number, cpu: number): string {
  const took = tookMs.slice(before).toSorted((a, b) => a - b);
  const at = (share: number) => (took[Math.floor((took.length - 1) * share)] ?? 0).toFixed(1);
  const phases = Map.groupBy(seen, (page) => page?.phase ?? 'nothing yet');
  const heard = [...phases].map(([phase, these]) => `${phase} ${these.length}`).join(', ');
  return [
    `${second} s: ${took.length} answers, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${failures} failures`,
    `API CPU ${(cpu * 100).toFixed(0)}% of a core; ${heard}`,
  ].join('; ');
}

/** The CPU time of all API processes on the port since their start. */
async function cpuSeconds(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_cpu_seconds_total\S* (\S+)/m.exec(text)?.[1] ?? Number.NaN);
}

await runCommand(command, main);
