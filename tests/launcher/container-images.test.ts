import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, inject, it } from 'vitest';
import { getBaseImages, publicImages, pullFailure } from '../../scripts/containers/base-images.ts';
import { savedImageContains } from '../../scripts/containers/image-contents.ts';
import { createDocker, runProgram, type Docker } from '../../scripts/services/docker.ts';
import { storeImages } from '../../scripts/services/store-settings.ts';
import { isAlive, root } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';
import { waitFor } from '../support/wait-for.ts';

// These tests need no Docker engine. `npm run containers` tests the same things with an engine.

const unreachable =
  'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.2:53: no such host';

describe('a failed docker pull', () => {
  it.each([
    ['unreachable', unreachable],
    ['unreachable', 'Get "https://registry-1.docker.io/v2/": net/http: TLS handshake timeout'],
    ['unreachable', 'Error response from daemon: Get "https://r/v2/": x509: certificate signed by unknown authority'],
    ['missing', 'Error response from daemon: manifest for redis:7.4.99 not found: manifest unknown: manifest unknown'],
    ['missing', 'pull access denied for radis, repository does not exist or may require docker login'],
    ['other', 'toomanyrequests: You have reached your unauthenticated pull rate limit.'],
    ['other', 'failed to register layer: no space left on device'],
  ])('is classified as %s: %s', (kind, stderr) => {
    expect(pullFailure(`Some progress\n${stderr}\n`)).toMatchObject({ kind, reason: stderr.slice(0, 200) });
  });

  const engine = (answer: string): Docker => {
    const pulled = (args: readonly string[]) => ({ code: 1, stdout: '', stderr: args[0] === 'pull' ? answer : '' });
    const docker: Docker = {
      env: {},
      attempt: (args) => Promise.resolve(pulled(args)),
      run: () => Promise.reject(new Error('Nothing else should run.')),
      until: () => docker,
    };
    return docker;
  };

  it('leads to a stand-in that never has the name of a public image, and says that no registry answers only if none does', async () => {
    for (const [answer, said] of [
      [unreachable, 'No registry can be reached'],
      ['toomanyrequests: limit', 'redis:7.4.11 could not be pulled (toomanyrequests: limit).'],
    ] as const) {
      const lines: string[] = [];
      const made: string[] = [];
      const standIn = (_kind: string, name: string) => Promise.resolve(void made.push(name));
      const say = (line: string) => void lines.push(line);
      const got = await getBaseImages(engine(answer), publicImages(root), 'auto', { standIn, say });
      expect(lines.join('\n')).toContain(said);
      expect(lines.some((line) => line.startsWith('No registry'))).toBe(answer === unreachable);
      expect(made).toHaveLength(3);
      for (const name of made) expect(name).toMatch(/^firstcome-stand-in:/);
      expect(Object.values(got.images).toSorted()).toEqual(made.toSorted());
    }
  });

  it('is an error if the image does not exist, because a stand-in would hide the wrong name', async () => {
    const docker = engine('manifest for redis:7.4.99 not found: manifest unknown');
    const options = { standIn: () => Promise.resolve(), say: () => undefined };
    await expect(getBaseImages(docker, publicImages(root), 'auto', options)).rejects.toThrow(
      'The registry has no image node:',
    );
  });
});

it('npm run containers has a stand-in for each image that docker-compose.yml and npm start use', () => {
  const { redis, mysql } = publicImages(root);
  expect({ redis, mysql }).toEqual(storeImages);
});

describe('the search for a secret in an image', () => {
  it('finds it in a layer even if a later layer removes the file, and whether or not the engine compresses layers', async () => {
    const compressions: [string, (layer: Buffer) => Buffer][] = [
      ['plain', (layer) => layer],
      ['gzip', (layer) => gzipSync(layer)],
      ['zstd', (layer) => zstdCompressSync(layer)],
    ];
    for (const [kind, compress] of compressions) {
      const folder = makeTestDir(inject('runDir'), 'image');
      const files = join(folder, 'files');
      mkdirSync(files, { recursive: true });
      writeFileSync(join(files, '.npmrc'), '; the-mark\nregistry=https://registry.shop.example/\n');
      const layer = execFileSync('tar', ['-C', files, '-c', '.npmrc']);
      writeFileSync(join(files, '.wh..npmrc'), '');
      const later = execFileSync('tar', ['-C', files, '-c', '.wh..npmrc']);
      const saved = join(folder, 'saved');
      mkdirSync(join(saved, 'blobs', 'sha256'), { recursive: true });
      writeFileSync(join(saved, 'manifest.json'), '[]');
      writeFileSync(join(saved, 'blobs', 'sha256', 'first'), compress(layer));
      writeFileSync(join(saved, 'blobs', 'sha256', 'second'), compress(later));
      expect([kind, await savedImageContains(saved, 'the-mark')]).toEqual([kind, true]);
      expect([kind, await savedImageContains(saved, 'another-mark')]).toEqual([kind, false]);
    }
  });
});

describe('a docker command', () => {
  it('ends when its signal aborts, and so does everything that it has started, such as a plugin that builds an image', async () => {
    const folder = makeTestDir(inject('runDir'), 'docker');
    mkdirSync(folder, { recursive: true });
    const pidFile = join(folder, 'pid');
    const interrupted = new AbortController();
    const script = 'sleep 1000 & echo $! > "$1.new"; mv "$1.new" "$1"; wait';
    const running = runProgram('sh', ['-c', script, 'sh', pidFile], { signal: interrupted.signal });
    const ended = running.catch((error: unknown) => error);
    await waitFor(() => existsSync(pidFile), { what: 'the plugin to run' });
    const plugin = Number(readFileSync(pidFile, 'utf8'));
    interrupted.abort(new Error('Stopped by SIGINT.'));
    expect(await ended).toMatchObject({ message: 'Stopped by SIGINT.' });
    await waitFor(() => !isAlive(plugin), { what: 'the end of the plugin' });
  });

  it('does not begin once its signal has aborted, but clean-up without a signal still does', async () => {
    const folder = makeTestDir(inject('runDir'), 'docker');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'docker'), '#!/bin/sh\necho "$*"\n', { mode: 0o755 });
    const docker = createDocker({ PATH: `${folder}:${process.env['PATH'] ?? ''}` });
    const working = docker.until(AbortSignal.abort(new Error('Stopped by SIGINT.')));
    await expect(working.run(['compose', 'build'])).rejects.toThrow('Stopped by SIGINT.');
    expect(await docker.run(['compose', 'down'])).toBe('compose down');
  });
});

it('npm run containers passes no variable’s value as an argument, because every user can read arguments', () => {
  for (const file of globSync('scripts/containers/**/*.ts', { cwd: root })) {
    expect({ file, found: /'(--env|-e)', `/.exec(readFileSync(join(root, file), 'utf8'))?.[0] }).toEqual({ file });
  }
});
