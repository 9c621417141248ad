import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { DebianSuite } from '../debian/debian-suite.ts';
import type { Tools } from '../debian/tools.ts';
import { unpackAlone } from '../debian/unpack.ts';
import { createDocker, type Docker } from '../services/docker.ts';

const plugins = { compose: 'docker-compose', buildx: 'docker-buildx' } as const;

/**
 * Returns a docker command that has the plugins `compose` and `buildx`. Unpacks a missing plugin from Debian's unstable
 * suite into the work folder, and installs nothing on the machine. `debian` is null if this machine can't unpack
 * Debian's packages.
 */
export async function withPlugins(
  docker: Docker,
  workDir: string,
  debian: { unstable: () => Promise<DebianSuite>; tools: Tools } | null,
): Promise<Docker> {
  const missing: (keyof typeof plugins)[] = [];
  for (const name of ['compose', 'buildx'] as const) {
    if ((await docker.attempt([name, 'version'])).code !== 0) missing.push(name);
  }
  if (missing.length === 0) return docker;
  if (debian === null) {
    throw new Error(
      `docker ${missing.join(' and docker ')} is missing. Install Docker's packages ` +
        `${missing.map((name) => `docker-${name}-plugin`).join(' and ')}, and run the same command again.`,
    );
  }
  const unpacked = join(workDir, 'plugins');
  const packageNames = missing.map((name) => plugins[name]);
  await unpackAlone(await debian.unstable(), packageNames, { folder: unpacked, tools: debian.tools });
  // Keep the user's Docker settings, and add a folder in which Docker looks for plugins.
  const given = docker.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
  const config = join(workDir, 'docker-config');
  if (existsSync(given)) cpSync(given, config, { recursive: true });
  mkdirSync(config, { recursive: true, mode: 0o700 });
  const file = join(config, 'config.json');
  const settings = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { cliPluginsExtraDirs?: string[] })
    : {};
  const folder = join(unpacked, 'usr/libexec/docker/cli-plugins');
  writeFileSync(
    file,
    JSON.stringify({ ...settings, cliPluginsExtraDirs: [...(settings.cliPluginsExtraDirs ?? []), folder] }),
  );
  return createDocker({ ...docker.env, DOCKER_CONFIG: config });
}
