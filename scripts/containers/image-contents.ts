import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, openSync, closeSync, readSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Docker } from '../services/docker.ts';

/**
 * Whether an image contains a text: in its configuration, in its history, or in a file of any layer, even if a later
 * layer removes that file.
 */
export async function imageContains(
  docker: Docker,
  image: string,
  text: string,
  { workDir, signal }: { workDir: string; signal: AbortSignal },
): Promise<boolean> {
  const history = await docker.run(['history', '--no-trunc', '--format', '{{json .}}', image]);
  if (`${history}${await docker.run(['image', 'inspect', image])}`.includes(text)) return true;
  const folder = join(workDir, 'saved');
  mkdirSync(folder, { recursive: true });
  try {
    const save = spawn('docker', ['save', image], { env: docker.env, stdio: ['ignore', 'pipe', 'inherit'], signal });
    const unpack = spawn('tar', ['-x', '-C', folder], { stdio: [save.stdout, 'ignore', 'inherit'], signal });
    const [[saved], [unpacked]] = (await Promise.all([once(save, 'exit'), once(unpack, 'exit')])) as [
      [number | null],
      [number | null],
    ];
    if (saved !== 0 || unpacked !== 0) throw new Error(`docker save ${image} failed.`);
    return await savedImageContains(folder, text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Searches the unpacked output of `docker save`. Each layer is a tar archive, which contains its files unchanged. Some
 * engines compress the archives.
 */
export async function savedImageContains(folder: string, text: string): Promise<boolean> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const file of files) {
    if (await streamContains(uncompressed(join(file.parentPath, file.name)), text)) return true;
  }
  return false;
}

function uncompressed(path: string): Readable {
  const magic = firstBytes(path, 4).toString('hex');
  const file = createReadStream(path);
  const decompress = magic.startsWith('1f8b') ? createGunzip() : magic === '28b52ffd' ? createZstdDecompress() : null;
  if (decompress === null) return file;
  file.on('error', (error) => decompress.destroy(error));
  return file.pipe(decompress);
}

function firstBytes(path: string, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, 0));
  } finally {
    closeSync(file);
  }
}

async function streamContains(stream: Readable, text: string): Promise<boolean> {
  // A text may begin in one chunk and end in the next.
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const window = Buffer.concat([tail, chunk]);
    if (window.includes(text)) return true;
    tail = window.subarray(-text.length);
  }
  return false;
}
