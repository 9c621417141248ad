import { askYesOrNo } from './ask.ts';
import { demoTexts, type DemoLanguage } from './demo-event.ts';
import type { RunFile } from './run-file.ts';
import type { Settings } from './settings.ts';

/** How far ahead the demo event opens, so that a person has time to open the page. */
const opensInMs = 60_000;

export type Offer = {
  run: RunFile;
  settings: Pick<Settings, 'production' | 'redisUrl' | 'databaseUrl'>;
  /** The language of the event's texts. */
  language: DemoLanguage;
  say: (line: string) => void;
  /** Aborted when the system stops. */
  signal: AbortSignal;
};

/**
 * Whether to offer a demo event. The answer is no in a pipe, in production, and with servers that the user provided,
 * because those may belong to a real shop.
 */
export const mayOffer = (
  { production, redisUrl, databaseUrl }: Offer['settings'],
  { isTerminal }: { isTerminal: boolean },
): boolean => isTerminal && !production && redisUrl === undefined && databaseUrl === undefined;

/** If there is no event yet, offers to create one that opens in a minute. */
export async function offerDemo({ run, language, say, signal }: Offer): Promise<void> {
  if (await hasEvents(run)) return;
  if (!(await askYesOrNo('\nThere are no events yet. Create a demo event that opens in a minute?', signal))) return;
  // An admin may have created an event while the question was open.
  if (await hasEvents(run)) return say('Somebody else has just created an event, so no demo event was created.');
  const event = await call<{ id: string; opensAt: string }>(run, 'admin.event.create', {
    ...demoTexts[language],
    ...{ amount: 5_000, stock: 100 },
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
