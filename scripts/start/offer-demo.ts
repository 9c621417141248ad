import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { RunFile } from './run-file.ts';
import type { Settings } from './settings.ts';

/** Long enough for a person to open the page. */
const opensInMs = 60_000;

export type Offer = {
  run: RunFile;
  settings: Pick<Settings, 'production' | 'redisUrl' | 'databaseUrl'>;
  say: (line: string) => void;
  /** Aborted when the system stops. */
  signal: AbortSignal;
};

/**
 * Whether to offer a demo event. Never in a pipe, in production, or with servers that are not ours: an unplanned event
 * must not appear in a shop.
 */
export const mayOffer = (
  { production, redisUrl, databaseUrl }: Offer['settings'],
  { isTerminal }: { isTerminal: boolean },
): boolean => isTerminal && !production && redisUrl === undefined && databaseUrl === undefined;

/** If there is no event yet, offers to create an event that opens in a minute. */
export async function offerDemo({ run, say, signal }: Offer): Promise<void> {
  if (await hasEvents(run)) return;
  process.stdout.write('\nThere are no events yet. Create a demo event that opens in a minute? [Y/n] ');
  const answer = await readLine(signal);
  if (answer === null || !/^(y|yes|)$/i.test(answer.trim())) return;
  // Another admin may have created an event while the question was open.
  if (await hasEvents(run)) return say('There is already an event now, so no demo event was created.');
  const event = await call<{ id: string; opensAt: string }>(run, 'admin.event.create', {
    // The pages have two languages, an event has one name.
    ...{ name: '체험 쿠폰 · Demo coupon', amount: 5_000, stock: 100 },
    description: 'npm start로 만든 체험용 이벤트입니다.\nMade by npm start, to try things out.',
    opensAt: new Date(Date.now() + opensInMs).toISOString(),
  });
  const opensAt = new Date(event.opensAt).toLocaleTimeString('en-GB');
  say(`
  It opens at ${opensAt}. Claim a coupon at ${run.url}/e/${event.id}
  Watch it with: npm run -s admin -- event watch ${event.id}
`);
}

const hasEvents = async (run: RunFile): Promise<boolean> =>
  (await call<{ events: unknown[] }>(run, 'admin.event.list?input=%7B%22limit%22%3A1%7D')).events.length > 0;

async function call<Data>({ opsUrl, token }: RunFile, procedure: string, input?: object): Promise<Data> {
  const headers = { authorization: `Bearer ${token.value}`, 'content-type': 'application/json' };
  const sent = input === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(input) };
  const response = await fetch(`${opsUrl}/trpc/${procedure}`, { ...sent, signal: AbortSignal.timeout(10_000) });
  const reply = (await response.json()) as { result?: { data: Data }; error?: { message: string } };
  if (reply.result === undefined) throw new Error(reply.error?.message ?? `${procedure} answered ${response.status}`);
  return reply.result.data;
}

/**
 * Resolves to the next line from the terminal, or null if the terminal closes or the system stops. Doesn't intercept
 * Ctrl-C.
 */
async function readLine(signal: AbortSignal): Promise<string | null> {
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    const [line] = (await Promise.race([once(lines, 'line', { signal }), once(lines, 'close', { signal })])) as [
      string?,
    ];
    return line ?? null;
  } catch {
    return null;
  } finally {
    lines.close();
    process.stdin.unref();
  }
}
