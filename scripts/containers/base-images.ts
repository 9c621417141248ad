import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Docker } from '../services/docker.ts';
import type { BaseImages } from './options.ts';

/** The names of the public images that our Dockerfile and docker-compose.yml use. */
export function baseImageNames(root: string): string[] {
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const stores = [...compose.matchAll(/^ {4}image: ([a-z]+:\S+)$/gm)].map(([, name = '']) => name);
  const [, node] = /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8')) ?? [];
  if (node === undefined || stores.length !== 2) {
    throw new Error('Dockerfile and docker-compose.yml do not name the images of Node, MySQL and Redis.');
  }
  return [node, ...stores];
}

/**
 * Gets the public images that are not on this machine yet, from their registry or from `standIn`. Resolves to the names
 * of the images that `standIn` made.
 */
export async function getBaseImages(
  docker: Docker,
  names: readonly string[],
  from: BaseImages,
  { standIn, say }: { standIn: ((name: string) => Promise<void>) | null; say: (line: string) => void },
): Promise<string[]> {
  const made: string[] = [];
  let canPull = from !== 'stand-ins';
  for (const name of names) {
    if ((await docker.attempt(['image', 'inspect', name])).code === 0) continue;
    if (canPull) {
      say(`Pulling ${name}.`);
      const { code, stderr } = await docker.attempt(['pull', '--quiet', name]);
      if (code === 0) continue;
      const reason = stderr.trim().split('\n').at(-1) ?? '';
      if (from === 'registry' || standIn === null) throw new Error(`${name} could not be pulled: ${reason}`);
      // If one image can't be pulled, neither can the next, and each attempt may take long, so don't try again.
      canPull = false;
      say(`No registry can be reached, so Debian's packages stand in for the images (${reason.slice(0, 120)}).`);
    }
    if (standIn === null)
      throw new Error('Stand-ins of the base images are made of Debian packages: run this on Debian.');
    say(`Making a stand-in for ${name}.`);
    await standIn(name);
    made.push(name);
  }
  return made;
}
