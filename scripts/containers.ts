import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type BaseImages,
  getBaseImages,
  type GotImages,
  publicImages,
  removeLeftStandIns,
} from './containers/base-images.ts';
import { checkImage, markSecrets, ownNpmSettings } from './containers/check-image.ts';
import { checkNpmStart } from './containers/check-npm-start.ts';
import { checkRunning, checkWithoutShell, measureStart } from './containers/check-running.ts';
import { createDeployment } from './containers/deployment.ts';
import { findEngine } from './containers/engine.ts';
import { containersCommand, type ContainersOptions } from './containers/options.ts';
import { withPlugins } from './containers/plugins.ts';
import { createReport, type Report } from './containers/report.ts';
import { plainSale, salesWithKills, saleWithUpgrade } from './containers/sales.ts';
import { buildStandIn } from './containers/stand-ins.ts';
import { type DebianSuite, openDebianSuite, ownSuite } from './debian/debian-suite.ts';
import { type Tools, toolsRecordedIn } from './debian/tools.ts';
import type { Docker } from './services/docker.ts';
import { givenUpBySignal } from './command/interrupted.ts';
import { runCommand } from './command/npm-command.ts';
import { tryLock } from './launch/file-lock.mjs';
import { dataDirOf } from './start/settings.ts';

const root = dirname(import.meta.dirname);
const project = 'firstcome-containers';
const first = `${project}:first`;
const next = `${project}:next`;

type Run = { options: ContainersOptions; workDir: string; report: Report; signal: AbortSignal };

async function main(options: ContainersOptions): Promise<number> {
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  const report = createReport(write);
  const signal = givenUpBySignal('and removing the containers', write);
  const workDir = `${dataDirOf(root, process.env)}-containers`;
  mkdirSync(workDir, { recursive: true, mode: 0o700 });
  const lock = await tryLock(join(workDir, 'lock'));
  if (lock.release === undefined) {
    throw new Error(`npm run containers is already running on ${workDir} (pid ${lock.holderPid}).`);
  }
  const { release } = lock;
  try {
    await runAll({ options, workDir, report, signal });
    return report.conclude() ? 0 : 3;
  } catch (error) {
    if (!signal.aborted) throw error;
    return 1;
  } finally {
    release();
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** Runs all checks on an engine, then removes everything that they added to the engine. */
async function runAll(run: Run): Promise<void> {
  const { workDir, report, signal } = run;
  const engine = await findEngine(workDir, report.say);
  let docker = engine.docker;
  let pulled: string[] = [];
  try {
    signal.throwIfAborted();
    const debian = debianIn(workDir, signal);
    docker = await withPlugins(docker, workDir, debian);
    report.figure('engine', `Docker ${engine.version}${engine.isOwn ? ', started for this run' : ''}`);
    await removeLeftStandIns(docker.until(signal));
    const got = await getImages(run, docker.until(signal), debian);
    ({ pulled } = got);
    await runDeployment(run, docker, got.images);
  } finally {
    if (!engine.isOwn) {
      await removeImages(docker);
      report.say(whatRemains(pulled));
    }
    await engine.stop();
  }
}

type Debian = { own: () => Promise<DebianSuite>; unstable: () => Promise<DebianSuite>; tools: Tools };

/** Debian's suites. Each is opened once, and only if a caller needs it. Null if this machine does not run Debian. */
function debianIn(workDir: string, signal: AbortSignal): Debian | null {
  const { codename } = ownSuite();
  if (codename === undefined) return null;
  const tools = toolsRecordedIn(join(workDir, 'tools'), signal);
  const once = (suite: string) => {
    let opened: Promise<DebianSuite> | undefined;
    return () => (opened ??= openDebianSuite(suite, { folder: join(workDir, 'debian'), tools }));
  };
  return { own: once(codename), unstable: once('unstable'), tools };
}

async function getImages(
  { options, workDir, report, signal }: Run,
  docker: Docker,
  debian: Debian | null,
): Promise<GotImages> {
  const standIn =
    debian === null || process.getuid?.() !== 0
      ? null
      : async (kind: keyof BaseImages, name: string) => {
          const suites = { own: await debian.own(), unstable: await debian.unstable() };
          const source = { docker, suites, tools: debian.tools, workDir: join(workDir, 'roots'), root, signal };
          await buildStandIn(kind, name, source);
        };
  const names = publicImages(root);
  const got = await getBaseImages(docker, names, options.baseImages, { standIn, say: report.say });
  report.figure(
    'base images',
    got.standIns.length === 0
      ? Object.values(names).join(', ')
      : `stand-ins of Debian packages for ${got.standIns.join(', ')}`,
  );
  return got;
}

async function runDeployment(
  { options, workDir, report, signal }: Run,
  plain: Docker,
  images: BaseImages,
): Promise<void> {
  const docker = plain.until(signal);
  const deployment = await createDeployment(plain, { root, workDir, project, image: first, images, signal });
  // Removes what a killed run may have left under this project name.
  await deployment.down();
  try {
    const { secrets, mark } = markSecrets(await ownNpmSettings(), join(workDir, 'secrets'));
    report.say('Building the image.');
    const startedMs = performance.now();
    await deployment.build(secrets);
    report.figure('first build', `${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
    signal.throwIfAborted();
    await checkImage({ docker, report, root, workDir, first, next, node: images.node, signal }, secrets, mark);
    signal.throwIfAborted();

    report.say('Starting the system with docker compose.');
    const upMs = performance.now();
    // The stores start first, because the API needs the address of the network's gateway, and starting the stores
    // creates the network.
    await deployment.up(first, ['redis', 'mysql']);
    await deployment.up(first);
    await deployment.healthy(signal);
    report.figure(
      'docker compose up, on empty volumes',
      `${((performance.now() - upMs) / 1_000).toFixed(0)} s until all containers are healthy`,
    );
    await checkRunning(docker, deployment, report);
    await measureStart(docker, deployment, report, signal);

    const sale = { root, dataDir: join(workDir, 'sale'), users: options.users, stock: options.stock, signal };
    const bench = { docker, deployment, report, sale };
    await deployment.healthy(signal);
    await plainSale(bench);
    await salesWithKills(bench, first);
    await saleWithUpgrade(bench, next);
    await checkWithoutShell(docker, deployment, report);
    await deployment.down();
    await checkNpmStart({ docker: plain, report, workDir, images, sale });
  } catch (error) {
    if (!signal.aborted) report.say(await deployment.logs().catch(() => ''));
    throw error;
  } finally {
    report.say('Removing everything that this command has started.');
    await deployment.down();
  }
}

/** Removes what this command has built. */
async function removeImages(docker: Docker): Promise<void> {
  for (const name of [first, next, `${next}-with-shell`, `${first}-dependencies`]) {
    await docker.attempt(['image', 'rm', '--force', name]);
  }
  await removeLeftStandIns(docker);
}

/** The build cache and the pulled images stay on an engine that is not ours, because its owner may use them. */
function whatRemains(pulled: readonly string[]): string {
  const images = pulled.length === 0 ? '' : `the images that were pulled (docker image rm ${pulled.join(' ')}) and `;
  return `Left on this engine: ${images}Docker's build cache (docker builder prune).`;
}

await runCommand(containersCommand, main);
