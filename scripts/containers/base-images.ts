import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Docker } from '../services/docker.ts';
import type { BaseImages } from './options.ts';

/** The public images that our Dockerfile and docker-compose.yml name. */
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
 * Pulls the public images that are missing, or makes them with `standIn` if no registry answers. Resolves to the names
 * of the stand-ins.
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
      // If one image can't be pulled, don't wait for the failure of the next.
      canPull = false;
      say(`No registry can be reached (${reason.slice(0, 120)}). Using images made from Debian's packages instead.`);
    }
    if (standIn === null)
      throw new Error(
        'The base images can’t be pulled. Stand-ins for them are made from Debian packages, which needs a machine with Debian.',
      );
    say(`Making a stand-in for ${name}.`);
    await standIn(name);
    made.push(name);
  }
  return made;
}
