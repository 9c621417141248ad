import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { webFingerprint, webStampPath } from './launch/web-pages.mjs';

const root = dirname(import.meta.dirname);

/** Files smaller than this get no compressed copy. */
const smallBytes = 1_000;

/** Builds the web pages into `dist/web`, with compressed copies, and records the fingerprint of their sources. */
export async function buildWeb(): Promise<void> {
  const madeFrom = webFingerprint(root);
  // Always build for production, whatever the shell's NODE_ENV says: React's development build is slower, and three
  // times as large.
  process.env['NODE_ENV'] = 'production';
  rmSync(join(root, 'dist', 'web'), { recursive: true, force: true });
  for (const config of ['vite.config.ts', 'vite.event-page.config.ts', 'vite.preview.config.ts']) {
    await build({ configFile: join(root, 'web', config) });
  }
  const assets = join(root, 'dist', 'web', 'assets');
  for (const name of readdirSync(assets)) compress(join(assets, name));
  writeFileSync(webStampPath(root), madeFrom);
}

function compress(file: string): void {
  if (!/\.(js|css|svg|json)$/.test(file) || statSync(file).size < smallBytes) return;
  const bytes = readFileSync(file);
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}

if (import.meta.main) await buildWeb();
