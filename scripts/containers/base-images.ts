import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Docker } from '../services/docker.ts';
import type { ImageSource } from './options.ts';

/** The image on which ours is built, and the stores' images. */
export type BaseImages = { node: string; redis: string; mysql: string };

/** Reads the names of the public images from our Dockerfile and docker-compose.yml. */
export function publicImages(root: string): BaseImages {
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const stores = [...compose.matchAll(/^ {4}image: ([a-z]+:\S+)$/gm)].map(([, name = '']) => name);
  const [, node] = /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8')) ?? [];
  const redis = stores.find((name) => name.startsWith('redis:'));
  const mysql = stores.find((name) => name.startsWith('mysql:'));
  if (node === undefined || redis === undefined || mysql === undefined) {
    throw new Error('Dockerfile and docker-compose.yml do not name the images of Node, MySQL and Redis.');
  }
  return { node, redis, mysql };
}

/** Every stand-in has this label. Images that are built on a stand-in inherit it. */
export const standInLabel = 'firstcome.stand-in';

/** A stand-in's name differs from every public image's name, so nothing else uses the stand-in by mistake. */
const standInName = (publicName: string): string => `firstcome-stand-in:${publicName.replaceAll(/[:/@]/g, '-')}`;

export type GotImages = {
  images: BaseImages;
  /** The public images for which there are stand-ins. */
  standIns: string[];
  /** The images that this run pulled. These images stay on the engine. */
  pulled: string[];
};

/**
 * Pulls the public images that are missing. If one can't be pulled, calls `standIn`, which makes a replacement under a
 * separate name.
 */
export async function getBaseImages(
  docker: Docker,
  names: BaseImages,
  from: ImageSource,
  {
    standIn,
    say,
  }: {
    standIn: ((kind: keyof BaseImages, name: string) => Promise<void>) | null;
    say: (line: string) => void;
  },
): Promise<GotImages> {
  const got: GotImages = { images: { ...names }, standIns: [], pulled: [] };
  let canPull = from !== 'stand-ins';
  for (const kind of ['node', 'mysql', 'redis'] as const) {
    const name = names[kind];
    if (from !== 'stand-ins' && (await docker.attempt(['image', 'inspect', name])).code === 0) continue;
    if (canPull) {
      say(`Pulling ${name}.`);
      const { code, stderr } = await docker.attempt(['pull', '--quiet', name]);
      if (code === 0) {
        got.pulled.push(name);
        continue;
      }
      const failure = pullFailure(stderr);
      if (failure.kind === 'missing')
        throw new Error(`The registry has no image ${name}: ${failure.reason}. Correct the name.`);
      if (from === 'registry' || standIn === null) throw new Error(`${name} could not be pulled: ${failure.reason}`);
      // If no registry can be reached for one image, the others would fail too, and each attempt may take a long time.
      canPull = failure.kind !== 'unreachable';
      say(
        failure.kind === 'unreachable'
          ? `No registry can be reached (${failure.reason}).`
          : `${name} could not be pulled (${failure.reason}).`,
      );
    }
    if (standIn === null)
      throw new Error(
        'The base images can’t be pulled. Stand-ins for them are made from Debian packages, which needs a machine with Debian.',
      );
    say(`Making a stand-in for ${name} from Debian's packages.`);
    got.images[kind] = standInName(name);
    await standIn(kind, got.images[kind]);
    got.standIns.push(name);
  }
  return got;
}

/**
 * Finds the reason for a failure in the output of `docker pull`: no registry could be reached, the registry has no such
 * image, or something else, such as a limit on downloads.
 */
export function pullFailure(stderr: string): { kind: 'unreachable' | 'missing' | 'other'; reason: string } {
  const reason = (stderr.trim().split('\n').at(-1) ?? '').slice(0, 200);
  const unreachable =
    /dial tcp|no such host|lookup \S+|connection re(fused|set)|network is unreachable|no route to host|timeout|deadline exceeded|x509:|proxyconnect|\bEOF\b/i;
  const missing =
    /manifest unknown|manifest for .* not found|not found: |repository does not exist|no matching manifest/i;
  if (missing.test(stderr)) return { kind: 'missing', reason };
  return { kind: unreachable.test(stderr) ? 'unreachable' : 'other', reason };
}

/** Removes images that a killed run left behind: its stand-ins, and the images built on them. */
export async function removeLeftStandIns(docker: Docker): Promise<void> {
  const left = await docker.run(['image', 'ls', '--quiet', '--filter', `label=${standInLabel}`]);
  for (const id of new Set(left.split('\n').filter(Boolean))) await docker.attempt(['image', 'rm', '--force', id]);
}
