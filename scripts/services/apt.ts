import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { waitForLock } from '../launch/file-lock.mjs';

export type Package = 'redis-server' | 'mariadb-server-core' | 'chromium' | 'fonts-nanum' | 'docker.io';

/**
 * Installs packages on Debian or Ubuntu, as root, without starting their services. Calls `stillMissing` once it
 * has the lock, because another checkout may have installed the packages in the meantime. If the installation is not
 * possible, throws an error that says what to do.
 */
export async function installWithApt(
  packages: Package[],
  stillMissing: () => Package[],
  say: (line: string) => void,
): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `These are missing, and only root on Debian or Ubuntu can install them automatically:\n${howToInstall(packages, thisMachine())}`,
    );
  }
  // Two checkouts must not replace and restore the machine's policy file at the same time.
  const lock = await waitForLock('/run/lock/firstcome-apt.lock', (pid) =>
    say(`Another checkout (pid ${pid}) is installing packages. Waiting for it.`),
  );
  try {
    const wanted = stillMissing();
    if (wanted.length === 0) return;
    say(`Installing ${wanted.join(' and ')} with apt (about 15 s; no system service is started).`);
    await withoutServiceStarts(() => install(wanted, say));
  } finally {
    lock.release();
  }
}

export type Machine = 'macos' | 'debian' | 'fedora' | 'arch' | 'alpine' | 'other';

const hints: Record<Package, string> = {
  'redis-server': 'Redis (redis-server), 6.2 or later',
  'mariadb-server-core': 'MariaDB (mariadbd), 10.6 or later, or MySQL (mysqld), 8.0 or later',
  chromium: 'Chromium (for the tests of the web pages)',
  'fonts-nanum': 'a font with Korean letters (for screenshots in those tests)',
  'docker.io': 'a Docker engine',
};

/** The Homebrew name of each package. */
const brew: Record<Package, string> = {
  ...{ 'redis-server': 'redis', 'mariadb-server-core': 'mariadb' },
  ...{ chromium: '--cask chromium', 'fonts-nanum': '--cask font-nanum-gothic', 'docker.io': '--cask docker' },
};
const dnf: Record<Package, string> = {
  ...{ 'redis-server': 'redis', 'mariadb-server-core': 'mariadb-server' },
  ...{ chromium: 'chromium', 'fonts-nanum': 'naver-nanum-gothic-fonts', 'docker.io': 'moby-engine' },
};
const pacman: Record<Package, string> = {
  ...{
    'redis-server': 'redis',
    'mariadb-server-core': 'mariadb',
    chromium: 'chromium',
    'fonts-nanum': 'noto-fonts-cjk',
    'docker.io': 'docker',
  },
};
const apk: Record<Package, string> = {
  ...{
    'redis-server': 'redis',
    'mariadb-server-core': 'mariadb',
    chromium: 'chromium',
    'fonts-nanum': 'font-noto-cjk',
    'docker.io': 'docker',
  },
};

/** The commands that install `packages`, one per line. */
function commandsFor(packages: readonly Package[], machine: Machine): string[] {
  const all = (names: Record<Package, string>) => packages.map((name) => names[name]).join(' ');
  switch (machine) {
    case 'macos':
      return packages.map((name) => `brew install ${brew[name]}`);
    case 'debian':
      return [`sudo apt-get install --no-install-recommends ${packages.join(' ')}`];
    case 'fedora':
      return [`sudo dnf install ${all(dnf)}`];
    case 'arch':
      return [`sudo pacman -S ${all(pacman)}`];
    case 'alpine':
      return [`sudo apk add ${all(apk)}`];
    case 'other':
      return [];
  }
}

/** Lists the missing packages and the commands that install them. */
export function howToInstall(packages: readonly Package[], machine: Machine): string {
  const commands = commandsFor(packages, machine);
  const install =
    commands.length === 0
      ? ['Install them, and run the same command again.']
      : ['Install them, and run the same command again:', '', ...commands.map((command) => `  ${command}`), ''];
  return [
    ...packages.map((name) => `  - ${hints[name]}`),
    ...install,
    'Or set REDIS_URL and DATABASE_URL to running servers,',
    'or run them in Docker containers (npm start -- --services docker),',
    'or run everything in containers (docker compose up; see docker-compose.yml).',
  ].join('\n');
}

/** Determines the kind of machine from its platform and its /etc/os-release. */
export function machineOf(platform: NodeJS.Platform, osRelease: string): Machine {
  if (platform === 'darwin') return 'macos';
  const ids = [...osRelease.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap(([, text = '']) => text.split(' '));
  const families: [Machine, string[]][] = [
    ['debian', ['debian', 'ubuntu']],
    ['fedora', ['fedora', 'rhel', 'centos']],
    ['arch', ['arch']],
    ['alpine', ['alpine']],
  ];
  return families.find(([, names]) => names.some((name) => ids.includes(name)))?.[0] ?? 'other';
}

function thisMachine(): Machine {
  const file = '/etc/os-release';
  return machineOf(process.platform, existsSync(file) ? readFileSync(file, 'utf8') : '');
}

async function install(packages: Package[], say: (line: string) => void): Promise<void> {
  const first = await aptInstall(packages);
  if (first.code === 0) return;
  // The package lists may be the cause: a new image has none, and old lists name files that mirrors have removed.
  say('Updating the package lists (apt-get update).');
  const update = await apt(['update']);
  const second = await aptInstall(packages);
  if (second.code === 0) return;
  const output = update.code === 0 ? second.output : `${update.output}\n${second.output}`;
  throw new Error(
    `apt-get could not install ${packages.join(' and ')}:\n${output.trimEnd()}\n\nThese are missing:\n${howToInstall(packages, thisMachine())}`,
  );
}

async function aptInstall(packages: Package[]): Promise<AptResult> {
  const names: string[] = [];
  for (const name of packages) names.push(name === 'mariadb-server-core' ? await databasePackage() : name);
  return apt(['install', '-y', '--no-install-recommends', ...names]);
}

/** On older releases (Ubuntu 22.04, Debian 11), the package's name includes the version. */
async function databasePackage(): Promise<string> {
  const { output } = await run('apt-cache', ['search', '--names-only', '^mariadb-server-core(-[0-9.]+)?$']);
  const names = output
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name.startsWith('mariadb-server-core'))
    .sort();
  return names[0] ?? 'mariadb-server-core';
}

interface AptResult {
  code: number | null;
  output: string;
}

function apt(args: string[]): Promise<AptResult> {
  return run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args]);
}

function run(command: string, args: string[]): Promise<AptResult> {
  const { promise, resolve, reject } = Promise.withResolvers<AptResult>();
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    // Ctrl-C must not reach apt, because interrupting dpkg leaves packages half configured.
    detached: true,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.once('error', reject);
  child.once('close', (code) => resolve({ code, output }));
  return promise;
}

const policyFile = '/usr/sbin/policy-rc.d';
const savedPolicyFile = '/usr/sbin/policy-rc.d.before-firstcome';
const ourPolicy =
  '#!/bin/sh\n# Firstcome: for the time of one installation, no package starts its service.\nexit 101\n';

/**
 * Installs packages without starting their services. Debian's maintainer scripts ask /usr/sbin/policy-rc.d whether they
 * may start a service, and its exit code 101 refuses.
 */
async function withoutServiceStarts(install: () => Promise<void>): Promise<void> {
  // If an earlier installation was killed, our policy file may still be in place of the machine's own.
  restorePolicy();
  if (existsSync(policyFile)) renameSync(policyFile, savedPolicyFile);
  writeFileSync(policyFile, ourPolicy, { mode: 0o755 });
  try {
    await install();
  } finally {
    restorePolicy();
  }
}

function restorePolicy(): void {
  if (existsSync(policyFile) && readFileSync(policyFile, 'utf8') === ourPolicy) rmSync(policyFile);
  if (existsSync(savedPolicyFile)) renameSync(savedPolicyFile, policyFile);
}
