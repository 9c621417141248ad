import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { preloadsOf } from './preloads.ts';

export type Encoding = 'br' | 'gzip' | 'identity';

/** A file with the encodings that are available for it. */
export type WebFile = {
  contentType: string;
  etag: string;
  /** The `Link` header of a page. */
  link?: string | undefined;
  bytes: Partial<Record<Encoding, Buffer>> & { identity: Buffer };
};

/**
 * The output of `npm run build:web`, in memory: files by their path below `dist/web`, such as `assets/index-CMR.js`.
 */
export type WebFiles = ReadonlyMap<string, WebFile>;

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

/** Reads the built pages once, at the start of a process; null if they were not built. */
export function readWebFiles(dir: string): WebFiles | null {
  if (!existsSync(join(dir, 'index.html'))) return null;
  const files = new Map<string, WebFile>();
  for (const entry of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    const contentType = contentTypes[/\.\w+$/.exec(entry)?.[0] ?? ''];
    if (contentType === undefined) continue;
    const path = join(dir, entry);
    const read = (suffix: string): Buffer | undefined =>
      existsSync(path + suffix) ? readFileSync(path + suffix) : undefined;
    files.set(
      entry.replaceAll('\\', '/'),
      webFile(contentType, readFileSync(path), { br: read('.br'), gzip: read('.gz') }),
    );
  }
  return files;
}

/** Makes a file from a page that this process has written itself. Such a page is small enough to compress at once. */
export function htmlFile(html: string): WebFile {
  const bytes = Buffer.from(html);
  const packed = { br: brotliCompressSync(bytes), gzip: gzipSync(bytes) };
  return { ...webFile(contentTypes['.html'] ?? '', bytes, packed), link: preloadsOf(html) };
}

function webFile(
  contentType: string,
  identity: Buffer,
  packed: { br: Buffer | undefined; gzip: Buffer | undefined },
): WebFile {
  const { br, gzip } = packed;
  return {
    contentType,
    etag: createHash('sha256').update(identity).digest('base64url').slice(0, 22),
    bytes: { identity, ...(br !== undefined && { br }), ...(gzip !== undefined && { gzip }) },
  };
}

/** Returns the best available encoding that an `Accept-Encoding` header allows. */
export function chooseEncoding(file: WebFile, accepted: string | undefined): Encoding {
  const names = new Set(
    (accepted ?? '')
      .split(',')
      .map((part) => part.trim().toLowerCase())
      .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
      .map((part) => part.split(';')[0]?.trim()),
  );
  if (file.bytes.br !== undefined && names.has('br')) return 'br';
  if (file.bytes.gzip !== undefined && names.has('gzip')) return 'gzip';
  return 'identity';
}
