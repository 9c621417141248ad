// Plain JavaScript for Node 20.19, because this file also installs Node 24.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { exitLike, runChild } from './launch/child.mjs';
import { compileCacheOf } from './launch/compile-cache.mjs';
import { ensureDependencies } from './launch/dependencies.mjs';
import { findNode24 } from './launch/node24.mjs';
import { ensurePrismaClient } from './launch/prisma-client.mjs';
import { ensureWebPages } from './launch/web-pages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Makes the checkout ready to run: dependencies, Node 24, the Prisma client and, with `pages`, the web pages. Resolves
 * to the path of Node 24. On failure, prints the reason to stderr and ends this process. Writes nothing to stdout,
 * because the program that runs next prints its output there.
 */
export async function prepare({ pages = false } = {}) {
  try {
    requireNode20();
    // A container image was prepared when it was built, and nothing can be written in it.
    if (existsSync(join(root, '.prepared'))) return process.execPath;
    await ensureDependencies(root, say);
    const node24 = findNode24(root);
    await ensurePrismaClient(root, node24, say);
    if (pages) await ensureWebPages(root, node24, say);
    return node24;
  } catch (error) {
    return fail(error);
  }
}

/**
 * Prepares the checkout, then runs one of its TypeScript files with `args`, and ends this process with the same exit
 * code or signal. `script` is relative to the root; `nodeArgs` go to Node, `needs` to `prepare`.
 */
export async function runTypeScript(script, args, { nodeArgs = [], ...needs } = {}) {
  const node24 = await prepare(needs);
  const follow = pathToFileURL(join(root, 'scripts', 'launch', 'follow-launcher.mjs')).href;
  const env = {
    NODE_COMPILE_CACHE: compileCacheOf(root),
    ...process.env,
    FIRSTCOME_LAUNCHER_PID: String(process.pid),
  };
  try {
    exitLike(await runChild(node24, [...nodeArgs, '--import', follow, join(root, script), ...args], { env }));
  } catch (error) {
    fail(error);
  }
}

function fail(error) {
  say(error.message);
  process.exit(1);
}

function say(line) {
  process.stderr.write(`firstcome: ${line}\n`);
}

function requireNode20() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(`Node 20.19 or later is needed to start; this is ${process.versions.node}.`);
}
