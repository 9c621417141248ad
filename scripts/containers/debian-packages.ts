import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../services/docker.ts';

/** A Debian suite, whose packages are downloaded and unpacked without being installed. */
export type DebianSuite = {
  /** Unpacks these packages, without their dependencies, into `folder`. */
  unpack(packages: readonly string[], folder: string): Promise<void>;
  /** Unpacks these packages with all their dependencies, so that programs can run with `folder` as their root. */
  unpackRoot(packages: readonly string[], folder: string): Promise<void>;
};

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Whether this machine is Debian and has the tools to download and unpack packages. */
export const canUseDebianPackages = (): boolean =>
  ['/usr/bin/apt-get', '/usr/bin/dpkg-deb', keyring].every((path) => existsSync(path)) &&
  /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));

/** The codename of this machine's suite, such as bookworm. */
export function ownSuite(): string {
  const [, name] = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  if (name === undefined) throw new Error('/etc/os-release does not name the release of Debian.');
  return name;
}

/** Opens a suite, with apt's files in `stateDir`. Downloads from the archive that this machine's apt uses. */
export async function openDebianSuite(suite: string, stateDir: string): Promise<DebianSuite> {
  const state = join(stateDir, suite);
  const archives = join(state, 'cache', 'archives');
  for (const folder of [join(state, 'lists', 'partial'), join(archives, 'partial')])
    mkdirSync(folder, { recursive: true });
  const sources = join(state, 'sources.list');
  writeFileSync(sources, `deb [signed-by=${keyring}] ${await ownArchive()} ${suite} main\n`);
  // With no package declared as installed, apt downloads everything that a separate root needs.
  writeFileSync(join(state, 'status'), '');
  const apt = async (...args: string[]): Promise<void> => {
    const options = {
      'Dir::Etc::sourcelist': sources,
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::State': state,
      'Dir::State::status': join(state, 'status'),
      'Dir::Cache': join(state, 'cache'),
      'APT::Sandbox::User': process.getuid?.() === 0 ? 'root' : '',
      'Debug::NoLocking': 'true',
    };
    const set = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    await must('apt-get', ['-q', ...set, ...args], archives);
  };
  await apt('update');
  return {
    unpack: async (packages, folder) => {
      const before = new Set(readdirSync(archives));
      await apt('download', ...packages);
      for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb') && !before.has(name)))
        await unpackInto(join(archives, file), folder);
    },
    unpackRoot: async (packages, folder) => {
      await apt('clean');
      await apt('install', '-y', '--no-install-recommends', '--download-only', ...packages);
      makeMergedRoot(folder);
      for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb')))
        await unpackInto(join(archives, file), folder);
    },
  };
}

async function ownArchive(): Promise<string> {
  const { stdout } = await runProgram('apt-get', [
    ...['indextargets', '--format', '$(CODENAME) $(COMPONENT) $(REPO_URI)', 'Created-By: Packages'],
  ]);
  const own = stdout
    .split('\n')
    .map((line) => line.split(' '))
    .find(([codename, component]) => codename === ownSuite() && component === 'main');
  if (own?.[2] !== undefined) return own[2];
  throw new Error(`apt has no source for Debian's ${ownSuite()}, so Debian's packages can't be downloaded.`);
}

/** Makes /bin, /lib and so on as links into /usr, because Debian's packages don't contain these links. */
function makeMergedRoot(folder: string): void {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(folder, 'usr', name), { recursive: true });
    if (!existsSync(join(folder, name))) symlinkSync(`usr/${name}`, join(folder, name));
  }
}

async function unpackInto(archive: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await must('sh', [
    '-c',
    'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"',
    'sh',
    archive,
    folder,
  ]);
}

async function must(file: string, args: string[], cwd?: string): Promise<void> {
  const { code, stdout, stderr } = await runProgram(file, args, {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (code !== 0)
    throw new Error(`${file} ${args.at(-1)} failed (exit ${code}):\n${`${stdout}${stderr}`.trimEnd().slice(-2_000)}`);
}
