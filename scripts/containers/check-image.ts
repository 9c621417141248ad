import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runProgram, type Docker } from '../services/docker.ts';
import { type BuildSecrets, buildImage, changedContext, inspectImage, wasCached, withoutShell } from './image.ts';
import { imageContains } from './image-contents.ts';
import type { Report } from './report.ts';

/** Reads the npm settings of this machine's user. */
export async function ownNpmSettings(): Promise<BuildSecrets> {
  const settingOf = async (name: string) => (await runProgram('npm', ['config', 'get', name])).stdout.trim();
  const fileOrNull = (path: string | undefined) => (path !== undefined && existsSync(path) ? path : null);
  return {
    npmrc: fileOrNull(join(homedir(), '.npmrc')),
    ca: fileOrNull(await settingOf('cafile')) ?? fileOrNull(process.env['NODE_EXTRA_CA_CERTS']),
  };
}

/** Copies the secrets, and adds a random text to each. `imageContains` can then search the image for that text. */
export function markSecrets(own: BuildSecrets, folder: string): { secrets: BuildSecrets; mark: string } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const mark = randomUUID();
  const npmrc = join(folder, 'npmrc');
  const given = own.npmrc === null ? '' : readFileSync(own.npmrc, 'utf8');
  writeFileSync(npmrc, `; ${mark}\n${given}`, { mode: 0o600 });
  const ca = own.ca === null ? null : join(folder, 'ca.pem');
  if (ca !== null && own.ca !== null) {
    copyFileSync(own.ca, ca);
    writeFileSync(ca, `\n# ${mark}\n`, { flag: 'a' });
  }
  return { secrets: { npmrc, ca }, mark };
}

export type CheckedImages = {
  docker: Docker;
  report: Report;
  root: string;
  workDir: string;
  first: string;
  next: string;
  /** The Node image to build on. */
  node: string;
  signal: AbortSignal;
};

/**
 * Checks the user and the contents of the image `first`, and which layers Docker rebuilds after a change to a source
 * file. Builds the image `next` from a changed source file and without a shell.
 */
export async function checkImage(images: CheckedImages, secrets: BuildSecrets, mark: string): Promise<void> {
  const { docker, report, root, workDir, first, next, node } = images;
  const facts = await inspectImage(docker, first);
  const { User, Cmd, Entrypoint, Healthcheck } = facts.Config;
  report.judge('the image runs as a user other than root', User === 'node', `user ${User || 'root'}`);
  report.judge('the image has a HEALTHCHECK that needs no shell', Healthcheck?.Test[0] === 'CMD');
  report.judge(
    'the image starts Node itself',
    Cmd?.[0] === 'node' && (Entrypoint === null || Entrypoint[0] !== '/bin/sh'),
  );

  await checkSecrets(images, secrets, mark);

  const context = join(workDir, 'next');
  changedContext(root, context);
  const { built, log } = await buildImage(docker, { context, tag: `${next}-with-shell`, node, secrets });
  if (!built) throw new Error(`The image could not be built from a changed source:\n${log.slice(-3_000)}`);
  report.judge(
    'a changed source does not reinstall the dependencies',
    wasCached(log, 'install.mjs') && wasCached(log, 'slim-modules'),
  );
  const layers = (await inspectImage(docker, `${next}-with-shell`)).RootFS.Layers;
  const shared = layers.filter((layer, at) => layer === facts.RootFS.Layers[at]).length;
  report.judge(
    'both versions share every layer but the last',
    shared === layers.length - 1,
    `${shared} of ${layers.length}`,
  );
  await withoutShell(docker, `${next}-with-shell`, next);

  const baseSize = (await inspectImage(docker, node)).Size;
  report.figure('image', `${megabytes(facts.Size)}, of which Node's image is ${megabytes(baseSize)}`);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

async function checkSecrets(
  { docker, report, root, workDir, first, node, signal }: CheckedImages,
  secrets: BuildSecrets,
  mark: string,
): Promise<void> {
  const stage = `${first}-dependencies`;
  const dependencies = { context: root, tag: stage, target: 'dependencies', node };
  await buildImage(docker, { ...dependencies, secrets });
  const found: string[] = [];
  for (const image of [first, stage]) {
    if (await imageContains(docker, image, mark, { workDir, signal })) found.push(image);
  }
  report.judge('the builder’s npm settings are in no layer', found.length === 0, found.join(', '));
  // A registry that does not exist. If npm reads these settings, the build fails with an error that names this
  // registry.
  const nowhere = join(workDir, 'secrets', 'nowhere.npmrc');
  writeFileSync(nowhere, 'registry=http://127.0.0.1:1/\nfetch-retries=0\n');
  const { built, log } = await buildImage(docker, {
    ...dependencies,
    tag: `${stage}-nowhere`,
    again: 'dependencies',
    secrets: { ...secrets, npmrc: nowhere },
  });
  report.judge('the builder’s npm settings reach the build', !built && log.includes('127.0.0.1:1'));
}
