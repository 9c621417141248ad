import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openPages, type OpenPages } from './pages/open-pages.ts';

const usage = `Opens pages on an event, at the pace of the real page, and says each second what that costs the API.

  npm run open-pages -- --event ID [--url http://127.0.0.1:3000] [--pages 5000] [--seconds 60]
`;

const { values } = parseArgs({
  options: {
    event: { type: 'string' },
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
    pages: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '60' },
    help: { type: 'boolean', default: false },
  },
});
const { event: eventId } = values;
if (values.help || eventId === undefined) {
  process.stdout.write(usage);
  process.exit(values.help ? 0 : 2);
}

const url = new URL(values.url);
const target = { host: url.hostname, port: Number(url.port === '' ? 80 : url.port), eventId };
const pages = await openPages({ ...target, pages: Number(values.pages), overMs: 5_000 });
try {
  let cpu = await cpuSeconds();
  for (let second = 1; second <= Number(values.seconds); second += 1) {
    const before = pages.tookMs.length;
    await sleep(1_000);
    const now = await cpuSeconds();
    process.stdout.write(`${line(second, pages, before, now - cpu)}\n`);
    cpu = now;
  }
} finally {
  pages.close();
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

/** Of all API processes on the port, since they started. */
async function cpuSeconds(): Promise<number> {
  const text = await (await fetch(`${values.url}/metrics`)).text();
  return Number(/^process_cpu_seconds_total\S* (\S+)/m.exec(text)?.[1] ?? Number.NaN);
}
