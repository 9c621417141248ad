import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connectApi } from '../admin-cli/remote/connect-api.ts';
import { readRemote } from '../admin-cli/settings.ts';
import { isOver, watchEvent, type EventSnapshot } from '../admin-cli/watch/watch-event.ts';
import { createTokenMint } from '../core/access/mint-token.ts';
import { openBrowser } from './browser/chromium.ts';
import { npmCommand, runCommand } from './command/npm-command.ts';
import { photographSale, type Frame } from './readme-picture/sale-frames.ts';
import { dataDirOf } from './start/settings.ts';
import { findRunningSystem, type RunFile } from './start/run-file.ts';

/**
 * Makes the README's animated picture from a real sale on the system that `npm start` runs. The picture shows a
 * visitor's page next to `event watch`. Needs `img2webp` (Debian: the package webp).
 */
const root = dirname(import.meta.dirname);
const stock = 100;
const leadMs = 6_000;

type Options = { out: string };
const command = npmCommand<Options>('npm run readme-picture --', (described) =>
  described
    .description("Makes the README's animated picture from a real sale on the system that runs here.")
    .option('--out <file>', 'file to write', join(root, 'docs/pictures/sale.webp')),
);

async function main({ out }: Options): Promise<void> {
  const run = findRunningSystem(dataDirOf(root, process.env));
  if (run === null) throw new Error('No system is running here. Start one in another terminal with `npm start`.');
  const api = await connectApi(readRemote(process.env, root));
  const { eventId } = await api.admin.create(
    {
      ...{ name: 'Autumn sale: first come, first served', description: '', amount: 10_000, currency: 'KRW' },
      stock,
      opensAtMs: api.clock.nowMs() + leadMs,
      listed: false,
      timeZone: 'Asia/Seoul',
      strategy: 'redis-stream',
    },
    {},
  );
  const leaving = new AbortController();
  let newest: EventSnapshot | undefined;
  const watching = (async () => {
    for await (const each of watchEvent(api, eventId, { intervalMs: 200, forMs: undefined, leaving: leaving.signal }))
      newest = each;
  })();
  const crowd = claimInTurn(run, eventId, () =>
    newest === undefined ? Infinity : newest.event.opensAtMs - newest.nowMs,
  );
  await using browser = await openBrowser();
  const frames = await photographSale(browser, {
    pageUrl: `${run.url}/e/${eventId}`,
    snapshot: () => newest,
    isOver: () => newest !== undefined && isOver(newest),
  });
  leaving.abort();
  await Promise.all([watching, crowd]);
  await writeAnimation(frames, out);
  console.log(`${out}: ${frames.length} frames, ${Math.round(statSync(out).size / 1024)} KiB`);
}

/** Once the event is open, lets users claim one after another, slowly enough for people to watch. */
async function claimInTurn(run: RunFile, eventId: string, opensInMs: () => number): Promise<void> {
  const mint = createTokenMint(readFileSync(run.authSecretFile, 'utf8').trim());
  while (opensInMs() > 0) await sleep(20);
  for (let user = 0; user < stock; user += 1) {
    const authorization = `Bearer ${mint({ sub: `user-${user}` }, 60_000, Date.now())}`;
    const claims = `${run.url}/api/v1/events/${eventId}/claims`;
    const { status } = await fetch(claims, { method: 'POST', headers: { authorization } });
    if (status !== 201 && status !== 410) throw new Error(`A claim for the picture got the status ${status}.`);
    await sleep(35);
  }
}

async function writeAnimation(frames: readonly Frame[], out: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'firstcome-picture-'));
  try {
    const args = frames.flatMap(({ png, ms }, at) => {
      const file = join(dir, `${String(at).padStart(4, '0')}.png`);
      writeFileSync(file, png);
      return ['-d', String(ms), file];
    });
    await promisify(execFile)('img2webp', [
      '-loop',
      '0',
      '-min_size',
      '-lossy',
      '-q',
      '70',
      '-m',
      '6',
      ...args,
      '-o',
      out,
    ]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

await runCommand(command, main);
