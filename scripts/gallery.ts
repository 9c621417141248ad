import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { openBrowser } from './browser/chromium.ts';
import { npmCommand, parseOrExit } from './command/npm-command.ts';
import { createConsoleEvents } from './gallery/console/console-events.ts';
import { emptyStates, fullStates, type ConsoleState } from './gallery/console/console-states.ts';
import { drawConsole } from './gallery/console/draw-console.ts';
import { openConsoleSystem } from './gallery/console/open-console-system.ts';
import { drawState } from './gallery/draw-state.ts';
import { galleryPage } from './gallery/gallery-page.ts';
import { openPageServer, type ThemeName } from './gallery/page-server.ts';
import { galleryStates } from './gallery/states.ts';
import { ensureWebPages } from './launch/web-pages.mjs';

const root = dirname(import.meta.dirname);
type Options = { out: string; only: string; themes: string; languages: string };
const values = parseOrExit(
  npmCommand<Options>('npm run gallery --', (command) =>
    command
      .description(
        'Takes pictures of every state of the pages and of the console, in all sizes, themes and languages, for ' +
          'designers to review. Starts a system for the console.',
      )
      .option('--out <folder>', 'folder for the pictures', join(root, 'gallery'))
      .option('--only <names>', 'only states whose names begin with one of these, separated by commas', '')
      .option('--themes <names>', 'themes, separated by commas', 'plain,brand,bright')
      .option('--languages <names>', 'languages, separated by commas', 'ko,en'),
  ),
);

const languages = values.languages.split(',') as ('ko' | 'en')[];
const isWanted = (name: string): boolean => values.only.split(',').some((begins) => name.startsWith(begins));
const dir = resolve(values.out);
mkdirSync(dir, { recursive: true });
await ensureWebPages(root, process.execPath, (line) => console.error(line));
await using browser = await openBrowser();
const drawn: string[] = [];

/** Draws the pages that users see. There is no API behind them. */
async function drawPages(theme: ThemeName): Promise<void> {
  await using server = await openPageServer(root, theme);
  const { url, pictureUrl } = server;
  for (const language of languages) {
    // Build the states again for each picture, because their times are relative to now.
    const states = () => galleryStates(language, pictureUrl);
    const names = states().map(({ name }) => name);
    for (const name of names.filter(isWanted)) {
      const state = states().find((each) => each.name === name);
      if (state !== undefined) drawn.push(...(await drawState(browser, state, { url, language, theme, dir })));
    }
  }
}

/** Draws the console of a real system, first without events and then with many. */
async function drawConsoles(signal: AbortSignal): Promise<void> {
  await using system = await openConsoleSystem(root, (line) => console.error(line), signal);
  const draw = async (states: readonly ConsoleState[]): Promise<void> => {
    for (const state of states.filter(({ name }) => isWanted(name))) {
      for (const language of languages) {
        signal.throwIfAborted();
        // One broken state must not cost the pictures of all others.
        try {
          drawn.push(...(await drawConsole(browser, state, { system, language, dir })));
        } catch (error) {
          process.exitCode = 1;
          console.error(error instanceof Error ? error.message : error);
        }
      }
    }
  };
  await draw(emptyStates);
  const events = await createConsoleEvents(system);
  await draw(fullStates(events));
}

for (const theme of values.themes.split(',').filter((each) => each !== '') as ThemeName[]) await drawPages(theme);
const leaving = new AbortController();
process.once('SIGINT', () => leaving.abort());
if (values.only.split(',').some((begins) => 'console-'.startsWith(begins) || begins.startsWith('console-'))) {
  await drawConsoles(leaving.signal);
}
writeFileSync(join(dir, 'index.html'), galleryPage(drawn));
console.log(`${drawn.length} pictures are in ${dir}. Open index.html there.`);
