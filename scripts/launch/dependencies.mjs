import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { exitLike, runChild } from './child.mjs';
import { waitForLock } from './file-lock.mjs';
import { isNode24 } from './node24.mjs';

const usually = 'Installing the dependencies with npm ci (under a minute; only when package-lock.json has changed).';

/** Makes node_modules match package-lock.json. Prints `announcement` first if there is something to install. */
export async function ensureDependencies(root, say, announcement = usually) {
  if (isInstalled(root)) return;
  const lock = await waitForLock(join(root, '.setup.lock'), (pid) =>
    say(`Another command (pid ${pid}) is installing the dependencies here. Waiting for it.`),
  );
  try {
    if (isInstalled(root)) return;
    say(announcement);
    await npmCi(root);
    if (!isInstalled(root)) throw new Error('npm ci succeeded, but node_modules still differs from package-lock.json.');
  } finally {
    lock.release();
  }
}

async function npmCi(root) {
  const bin = join(root, 'node_modules', '.bin');
  // Our bin folder, which npm puts first in PATH, is left out, because npm ci is about to remove the `node` in it.
  const path = (process.env.PATH ?? '').split(delimiter).filter((dir) => dir !== bin);
  // No dependency needs its install script, and Prisma's would download an engine that we don't use.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--include=optional'];
  // Hides npm's warnings about settings and engines, because the reader can't act on them.
  args.push('--loglevel=error');
  args.push(isProduction() ? '--omit=dev' : '--include=dev');
  const ended = await runChild('npm', args, {
    cwd: root,
    // Playwright, a dependency of Artillery, must not download a browser.
    env: { ...process.env, PATH: path.join(delimiter), PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' },
    stdio: ['ignore', 2, 2],
  });
  if (ended.signal !== null) await exitLike(ended);
  if (ended.code !== 0) {
    throw new Error(
      'npm ci failed; see its messages above. If it could not reach the registry, check the network ' +
        'and the output of npm config get registry, then run the same command again.',
    );
  }
}

/**
 * npm writes this file last. So an interrupted install doesn't count as installed, but an `npm ci` that somebody ran by
 * hand does.
 */
function isInstalled(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === null) throw new Error(`package-lock.json is missing from ${root}, or is not JSON.`);
  if (present === null) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || !isForHere(entry)) return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true && !isNodeThatWeNeed(path);
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

const isNodeThatWeNeed = (path) => !isNode24() && path === `node_modules/node-${process.platform}-${process.arch}`;

function isForHere({ dev, os, cpu, devOptional }) {
  if ((dev === true || devOptional === true) && isProduction()) return false;
  return (os === undefined || os.includes(process.platform)) && (cpu === undefined || cpu.includes(process.arch));
}

const isProduction = () => process.env.NODE_ENV === 'production';

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}
