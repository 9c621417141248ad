import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tools } from './tools.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** One of Debian's suites. Reading it with apt needs no root and does not change the machine's packages. */
export type DebianSuite = {
  /** Downloads the packages and all their dependencies, even those that are installed on this machine. */
  download(packageNames: readonly string[]): Promise<DebianPackage[]>;
};

export type DebianPackage = { name: string; version: string; file: string };

/**
 * Returns the codename of this machine's Debian, such as bookworm. If the machine can't read Debian's packages, returns
 * the reason.
 */
export function ownSuite(
  osRelease = readOrNull('/etc/os-release') ?? '',
): { codename: string; problem?: never } | { codename?: never; problem: string } {
  if (!/^ID="?debian"?$/m.test(osRelease)) return { problem: 'this machine does not run Debian' };
  const missing = ['/usr/bin/apt-get', '/usr/bin/dpkg-deb', keyring].filter((file) => !existsSync(file));
  if (missing.length > 0) return { problem: `this machine lacks ${missing.join(' and ')}` };
  return { codename: /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(osRelease)?.[1] ?? 'unstable' };
}

/**
 * Downloads a suite's index. apt's files stay in `folder`, so that the next run can continue an interrupted download.
 */
export async function openDebianSuite(
  suite: string,
  { folder, tools }: { folder: string; tools: Tools },
): Promise<DebianSuite> {
  const { codename, problem } = ownSuite();
  if (problem !== undefined) throw new Error(`Debian's packages can't be read: ${problem}.`);
  const mirror = await mirrorOf(codename, tools);
  const home = join(folder, suite);
  const archives = join(home, 'cache', 'archives');
  for (const dir of ['etc', 'state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(home, dir), { recursive: true, mode: 0o700 });
  }
  writeFileSync(join(home, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`, { mode: 0o600 });
  writeFileSync(join(home, 'status'), '');
  const config = join(home, 'apt.conf');
  writeFileSync(config, await aptConfig(home, tools), { mode: 0o600 });
  const apt = (...args: string[]) => tools.run('/usr/bin/apt-get', ['-q', ...args], { APT_CONFIG: config });
  await apt('update');
  return {
    download: async (packageNames) => {
      const install = ['install', '-y', '--no-install-recommends'];
      const planned = await apt(...install, '--simulate', ...packageNames);
      await apt(...install, '--download-only', ...packageNames);
      return plannedPackages(planned).map(({ name, version, architecture }) => ({
        ...{ name, version },
        file: join(archives, `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`),
      }));
    },
  };
}

/**
 * Reads the list of packages from the output of `apt-get install --simulate`: `Inst NAME (VERSION ORIGIN
 * [ARCHITECTURE])`.
 */
export function plannedPackages(output: string): { name: string; version: string; architecture: string }[] {
  return [...output.matchAll(/^Inst (\S+) \((\S+) .*\[(\w+)\]\)/gm)].map(
    ([, name = '', version = '', architecture = '']) => ({ name, version, architecture }),
  );
}

/** Finds the Debian mirror in this machine's apt sources. */
async function mirrorOf(codename: string, tools: Tools): Promise<string> {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)';
  const targets = await tools.run('/usr/bin/apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const suites = [codename, 'oldstable', 'stable', 'testing', 'unstable', 'sid'];
  for (const line of targets.split('\n')) {
    const [mirror = '', release = '', component] = line.split(' ');
    if (component === 'main' && suites.includes(release)) return mirror;
  }
  throw new Error(`This machine's apt sources name no mirror of Debian: none has ${codename} with "main".`);
}

/** Keeps the machine's apt settings for downloads, such as a proxy, and leaves out all others. */
async function aptConfig(home: string, tools: Tools): Promise<string> {
  const dump = await tools.run('/usr/bin/apt-config', ['dump']);
  const downloads = dump
    .split('\n')
    .filter((line) => line.startsWith('Acquire::') && !/^Acquire::(IndexTargets|CompressionTypes)/.test(line));
  const ours = {
    'Dir::Etc::parts': '/dev/null',
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::sourcelist': join(home, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': join(home, 'state'),
    'Dir::State::status': join(home, 'status'),
    'Dir::Cache': join(home, 'cache'),
    'Dir::Log': home,
    'Acquire::Languages': 'none',
    // Without this option, apt downloads as a separate user, which can't write to our folder.
    'APT::Sandbox::User': '',
  };
  return [...downloads, ...Object.entries(ours).map(([name, value]) => `${name} "${value}";`), ''].join('\n');
}

function readOrNull(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
