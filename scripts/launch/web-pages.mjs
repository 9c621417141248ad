import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitForLock } from './file-lock.mjs';

/** Builds the web pages unless they were built from the current sources. Does nothing if there are no sources. */
export async function ensureWebPages(root, node24, say) {
  if (!existsSync(join(root, 'web')) || isMadeFrom(root, webFingerprint(root))) return;
  const lock = await waitForLock(join(root, '.setup.lock'), (pid) =>
    say(`Another command (pid ${pid}) is setting up this checkout. Waiting for it.`),
  );
  try {
    if (isMadeFrom(root, webFingerprint(root))) return;
    say('Building the web pages (a few seconds; only when their sources have changed).');
    build(root, node24);
  } finally {
    lock.release();
  }
}

export const webStampPath = (root) => join(root, 'dist', 'web', '.made-from');

/** All sources of the pages, including parts of core. */
const sourceFolders = ['web', 'core/messages', 'core/metrics', 'core/money', 'core/tally'];
const sourceFiles = [
  ...['core/claims/claims-file.ts', 'core/runtime/csv.ts'],
  ...['core/events/event.ts', 'core/events/event-fields.ts', 'core/events/unusual.ts'],
  ...['core/events/page-url.ts', 'core/runtime/edits-between.ts'],
  ...['scripts/build-web.ts', 'package-lock.json'],
];

export function webSources(root) {
  const files = sourceFolders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort(),
  );
  return [...files, ...sourceFiles.map((name) => join(root, name))];
}

export function webFingerprint(root) {
  const hash = createHash('sha256');
  for (const file of webSources(root)) {
    const bytes = readFileSync(file);
    hash.update(`${file.slice(root.length)} ${bytes.length}\n`).update(bytes);
  }
  return `${hash.digest('hex')}\n`;
}

function isMadeFrom(root, wanted) {
  try {
    return readFileSync(webStampPath(root), 'utf8') === wanted;
  } catch {
    return false;
  }
}

function build(root, node24) {
  const { status, stdout, stderr, error } = spawnSync(node24, [join(root, 'scripts', 'build-web.ts')], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw new Error(`The web pages could not be built:\n${error?.message ?? `${stdout}${stderr}`}`);
}
