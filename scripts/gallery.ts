import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { openBrowser } from './browser/chromium.ts';
import { npmCommand, parseOrExit } from './command/npm-command.ts';
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
        'Takes pictures of every state of the pages, in all sizes, themes and languages, for designers to review.',
      )
      .option('--out <folder>', 'folder for the pictures', join(root, 'gallery'))
      .option('--only <names>', 'only states whose names begin with one of these, separated by commas', '')
      .option('--themes <names>', 'themes, separated by commas', 'plain,brand,bright')
      .option('--languages <names>', 'languages, separated by commas', 'ko,en'),
  ),
);

const dir = resolve(values.out);
mkdirSync(dir, { recursive: true });
await ensureWebPages(root, process.execPath, (line) => console.error(line));
await using browser = await openBrowser();
const drawn: string[] = [];
for (const theme of values.themes.split(',') as ThemeName[]) {
  await using server = await openPageServer(root, theme);
  const { url, pictureUrl } = server;
  for (const language of values.languages.split(',') as ('ko' | 'en')[]) {
    // Build the states again for each picture, because their times are relative to now.
    const states = () => galleryStates(language, pictureUrl);
    const names = states().map(({ name }) => name);
    for (const name of names.filter((each) => values.only.split(',').some((begins) => each.startsWith(begins)))) {
      const state = states().find((each) => each.name === name);
      if (state !== undefined) drawn.push(...(await drawState(browser, state, { url, language, theme, dir })));
    }
  }
}
writeFileSync(join(dir, 'index.html'), galleryPage(drawn));
console.log(`${drawn.length} pictures are in ${dir}. Open index.html there.`);
