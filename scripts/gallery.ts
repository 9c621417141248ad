import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { readWebFiles } from '../api/pages/web-files.ts';
import { createWebPages } from '../api/pages/web-pages.ts';
import { openBrowser } from './browser/chromium.ts';
import { npmCommand, parseOrExit } from './command/npm-command.ts';
import { drawState } from './gallery/draw-state.ts';
import { galleryPage } from './gallery/gallery-page.ts';
import { galleryStates } from './gallery/states.ts';
import { ensureWebPages } from './launch/web-pages.mjs';

const root = dirname(import.meta.dirname);
type Options = { out: string; only: string; themes: string; languages: string };
const values = parseOrExit(
  npmCommand<Options>('npm run gallery --', (command) =>
    command
      .description('Draws every state of the pages in all sizes, themes and languages into one folder, for a designer.')
      .option('--out <folder>', 'where the pictures go', join(root, 'gallery'))
      .option('--only <names>', 'states whose names begin so, separated by commas', '')
      .option('--themes <names>', 'themes, separated by commas', 'plain,brand,bright')
      .option('--languages <names>', 'languages, separated by commas', 'ko,en'),
  ),
);

const themes = {
  plain: {},
  brand: { shopName: 'HARU', accentColor: '#1f5eff', radius: 'soft' },
  bright: { shopName: '봄날상점', accentColor: '#ffd43b', radius: 'square', font: 'serif' },
} as const;

const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" preserveAspectRatio="xMidYMid slice">
<rect width="640" height="360" fill="#f6d9b8"/><circle cx="500" cy="110" r="52" fill="#f29f4b"/>
<path d="M0 260 150 130l120 110 90-70 130 120 150-90v160H0z" fill="#b9562f"/><path d="M0 300l200-90 170 80 270-60v130H0z" fill="#7b3320"/></svg>`;

const dir = resolve(values.out);
mkdirSync(dir, { recursive: true });
await ensureWebPages(root, process.execPath, (line) => console.error(line));
const files = readWebFiles(join(root, 'dist/web'));
await using browser = await openBrowser();
const drawn: string[] = [];
for (const theme of values.themes.split(',') as (keyof typeof themes)[]) {
  const policy = {
    ...{ identityScript: '/identity.js', connectOrigins: [], frameAncestors: [], imageOrigins: null },
    theme: themes[theme],
  };
  const pages = createWebPages({ files, policy, demo: false });
  const server = createServer((req, res) => {
    if (req.url === '/picture.svg') return void res.writeHead(200, { 'content-type': 'image/svg+xml' }).end(picture);
    if (!pages(req, res)) res.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const language of values.languages.split(',') as ('ko' | 'en')[]) {
    // States are created anew for each picture, because their times count from now.
    const states = () => galleryStates(language, `${url}/picture.svg`);
    const names = states().map(({ name }) => name);
    for (const name of names.filter((each) => values.only.split(',').some((begins) => each.startsWith(begins)))) {
      const state = states().find((each) => each.name === name);
      if (state !== undefined) drawn.push(...(await drawState(browser, state, { url, language, theme, dir })));
    }
  }
  server.closeAllConnections();
  server.close();
}
writeFileSync(join(dir, 'index.html'), galleryPage(drawn));
console.log(`${drawn.length} pictures are in ${dir}; open index.html there.`);
