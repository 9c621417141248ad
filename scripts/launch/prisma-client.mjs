import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitForLock } from './file-lock.mjs';

/** Generates Prisma's client, unless it exists for this schema and this version of Prisma. */
export async function ensurePrismaClient(root, node24, say) {
  const stamp = join(root, 'prisma', 'generated', '.made-from');
  const wanted = fingerprint(root);
  if (isMadeFrom(stamp, wanted)) return;
  const lock = await waitForLock(join(root, '.setup.lock'), (pid) =>
    say(`Another command (pid ${pid}) is setting up this checkout. Waiting for it.`),
  );
  try {
    if (isMadeFrom(stamp, wanted)) return;
    say('Generating the Prisma client.');
    generate(root, node24);
    writeFileSync(stamp, wanted);
  } finally {
    lock.release();
  }
}

function generate(root, node24) {
  const prisma = join(root, 'node_modules', 'prisma', 'build', 'index.js');
  const { status, stdout, stderr, error } = spawnSync(node24, [prisma, 'generate'], {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      // Without this setting, Prisma downloads a schema engine, although generating the client doesn't use one.
      PRISMA_SCHEMA_ENGINE_BINARY: existsSync('/bin/true') ? '/bin/true' : '/usr/bin/true',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
  if (status === 0) return;
  throw new Error(`prisma generate failed:\n${error?.message ?? `${stdout}${stderr}`}`);
}

function fingerprint(root) {
  const schema = readFileSync(join(root, 'prisma', 'schema.prisma'));
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'prisma', 'package.json'), 'utf8'));
  return `prisma ${version}, schema ${createHash('sha256').update(schema).digest('hex')}\n`;
}

function isMadeFrom(stamp, wanted) {
  try {
    return readFileSync(stamp, 'utf8') === wanted;
  } catch {
    return false;
  }
}
