import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { getBaseImages, baseImageNames } from './containers/base-images.ts';
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

/** Runs all checks on an engine, and removes afterwards whatever they added to it. */
async function runAll(run: Run): Promise<void> {
  const { workDir, report, signal } = run;
  const engine = await findEngine(workDir, report.say);
  const toRemove: string[] = [];
  let docker = engine.docker;
  try {
    signal.throwIfAborted();
    const debian = debianIn(workDir, signal);
    docker = await withPlugins(docker, workDir, debian);
    report.figure('engine', `Docker ${engine.version}${engine.isOwn ? ', started for this run' : ''}`);
    signal.throwIfAborted();
    await getImages(run, docker, debian, (name) => toRemove.push(name));
    await runDeployment(run, docker);
  } finally {
    if (!engine.isOwn) await removeImages(docker, toRemove);
    await engine.stop();
  }
}

type Debian = { own: () => Promise<DebianSuite>; unstable: () => Promise<DebianSuite>; tools: Tools };

/** Debian's suites, each opened once and only if it is needed. Null if this machine is not Debian. */
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
  made: (name: string) => void,
): Promise<void> {
  const standIn =
    debian === null || process.getuid?.() !== 0
      ? null
      : async (name: string) => {
          signal.throwIfAborted();
          const suites = { own: await debian.own(), unstable: await debian.unstable() };
          await buildStandIn(name, { docker, suites, tools: debian.tools, workDir: join(workDir, 'roots'), root });
          made(name);
        };
  const names = baseImageNames(root);
  const standIns = await getBaseImages(docker, names, options.baseImages, { standIn, say: report.say });
  report.figure(
    'base images',
    standIns.length === 0 ? names.join(', ') : `stand-ins of Debian packages for ${standIns.join(', ')}`,
  );
}

async function runDeployment({ options, workDir, report, signal }: Run, docker: Docker): Promise<void> {
  const deployment = await createDeployment(docker, { root, workDir, project, image: first });
  // Removes what a killed run may have left under this project name.
  await deployment.down();
  try {
    const { secrets, mark } = markSecrets(await ownNpmSettings(), join(workDir, 'secrets'));
    report.say('Building the image.');
    const startedMs = performance.now();
    await deployment.build(secrets);
    report.figure('first build', `${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
    signal.throwIfAborted();
    await checkImage({ docker, report, root, workDir, first, next }, secrets, mark);
    signal.throwIfAborted();

    report.say('Starting the system with docker compose.');
    const upMs = performance.now();
    // The stores start first, because the API needs the address of the network's gateway when it starts.
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
    await checkNpmStart({ docker, report, workDir, sale });
  } catch (error) {
    if (!signal.aborted) report.say(await deployment.logs().catch(() => ''));
    throw error;
  } finally {
    report.say('Removing everything that this command has started.');
    await deployment.down();
  }
}

/**
 * On an engine that is not ours, removes our images. Removes the stand-ins too, because nobody must mistake them for
 * the real images.
 */
async function removeImages(docker: Docker, standIns: readonly string[]): Promise<void> {
  const ours = [first, next, `${next}-with-shell`, `${first}-dependencies`];
  for (const name of [...ours, ...standIns]) await docker.attempt(['image', 'rm', '--force', name]);
}

await runCommand(containersCommand, main);
