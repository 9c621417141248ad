import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readWebFiles } from '../../api/pages/web-files.ts';
import { createWebPages } from '../../api/pages/web-pages.ts';
import type { Theme } from '../../core/events/theme.ts';

/** The themes in which the gallery shows the pages. */
export const themes = {
  plain: {},
  brand: { shopName: 'HARU', accentColor: '#1f5eff', radius: 'soft' },
  bright: { shopName: '봄날상점', accentColor: '#ffd43b', radius: 'square', font: 'serif' },
} as const satisfies Record<string, Theme>;
export type ThemeName = keyof typeof themes;

const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" preserveAspectRatio="xMidYMid slice">
<rect width="640" height="360" fill="#f6d9b8"/><circle cx="500" cy="110" r="52" fill="#f29f4b"/>
<path d="M0 260 150 130l120 110 90-70 130 120 150-90v160H0z" fill="#b9562f"/><path d="M0 300l200-90 170 80 270-60v130H0z" fill="#7b3320"/></svg>`;

export type PageServer = AsyncDisposable & {
  url: string;
  /** The address of an image that the pages may load. */
  pictureUrl: string;
};

/** Serves the built pages with a theme. There is no API behind them. */
export async function openPageServer(root: string, theme: ThemeName): Promise<PageServer> {
  const policy = {
    ...{ identityScript: '/identity.js', connectOrigins: [], frameAncestors: [], imageOrigins: null },
    theme: themes[theme],
  };
  const pages = createWebPages({ files: readWebFiles(join(root, 'dist/web')), policy, demo: false });
  const server = createServer((req, res) => {
    if (req.url === '/picture.svg') return void res.writeHead(200, { 'content-type': 'image/svg+xml' }).end(picture);
    if (!pages(req, res)) res.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    pictureUrl: `${url}/picture.svg`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
