import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Docker } from '../services/docker.ts';

/** Builds our image, and inspects the result. */

/** The user's npm settings, and the certificates that npm trusts. Null if there is no such file. */
export type BuildSecrets = { npmrc: string | null; ca: string | null };

export type Build = {
  context: string;
  tag: string;
  target?: string;
  /** A stage of the Dockerfile that is always built again, even if nothing has changed. */
  again?: string;
  /** The Node image to build on. */
  node: string;
  secrets: BuildSecrets;
};

/** Builds an image. Resolves to the log, and whether the build succeeded. */
export async function buildImage(
  docker: Docker,
  { context, tag, target, again, node, secrets }: Build,
): Promise<{ built: boolean; log: string }> {
  const args = ['buildx', 'build', '--progress', 'plain', '--load', '--tag', tag, '--build-arg', `NODE_IMAGE=${node}`];
  if (target !== undefined) args.push('--target', target);
  if (again !== undefined) args.push('--no-cache-filter', again);
  if (secrets.npmrc !== null) args.push('--secret', `id=npmrc,src=${secrets.npmrc}`);
  if (secrets.ca !== null) args.push('--secret', `id=npm-ca,src=${secrets.ca}`);
  const { code, stdout, stderr } = await docker.attempt([...args, context]);
  return { built: code === 0, log: `${stdout}${stderr}` };
}

/** Whether Docker's cache supplied every step whose instruction contains this text. */
export function wasCached(log: string, instruction: string): boolean {
  const steps = [...log.matchAll(/^#(\d+) \[(.*)$/gm)].filter(([, , step = '']) => step.includes(instruction));
  const ids = [...new Set(steps.map(([, id = '']) => id))];
  return ids.length > 0 && ids.every((id) => new RegExp(`^#${id} CACHED$`, 'm').test(log));
}

export type ImageFacts = {
  Size: number;
  RootFS: { Layers: string[] };
  Config: { User: string; Cmd: string[] | null; Entrypoint: string[] | null; Healthcheck?: { Test: string[] } };
};

export async function inspectImage(docker: Docker, tag: string): Promise<ImageFacts> {
  const [facts] = JSON.parse(await docker.run(['image', 'inspect', tag])) as ImageFacts[];
  if (facts === undefined) throw new Error(`docker image inspect ${tag} returned nothing.`);
  return facts;
}

/** Copies the files that .dockerignore lets into a build, and changes one source file. */
export function changedContext(root: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const ignore = readFileSync(join(root, '.dockerignore'), 'utf8');
  const wanted = [...ignore.matchAll(/^!(\S+)$/gm)].map(([, name = '']) => name);
  for (const name of [...wanted, 'Dockerfile', '.dockerignore']) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  const main = join(folder, 'api', 'main.ts');
  writeFileSync(main, `${readFileSync(main, 'utf8')}\n// The next version.\n`);
}

/** Makes a copy of the image `from` that has no shell. */
export async function withoutShell(docker: Docker, from: string, tag: string): Promise<void> {
  const shells = ['/bin/sh', '/bin/bash', '/bin/dash', '/usr/bin/sh', '/usr/bin/bash', '/usr/bin/dash'];
  const remove = `for (const path of ${JSON.stringify(shells)}) require('node:fs').rmSync(path, { force: true });`;
  const dockerfile = `FROM ${from}\nUSER 0\nRUN ${JSON.stringify(['node', '-e', remove])}\nUSER node\n`;
  await docker.run(['buildx', 'build', '--quiet', '--load', '--tag', tag, '-'], { stdin: dockerfile });
}
