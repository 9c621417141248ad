import { expect, it } from 'vitest';
import { howToInstall, machineOf } from '../../scripts/services/apt.ts';

const servers = ['redis-server', 'mariadb-server-core'] as const;

it('the error about missing servers names the two brew commands on macOS', () => {
  const told = howToInstall(servers, machineOf('darwin', ''));
  expect(told).toContain('  brew install redis\n  brew install mariadb\n');
  expect(told).not.toContain('apt');
});

it.each([
  ['ID=debian', 'sudo apt-get install --no-install-recommends redis-server mariadb-server-core'],
  ['NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"', 'sudo apt-get install'],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'sudo dnf install redis mariadb-server'],
  ['ID=arch', 'sudo pacman -S redis mariadb'],
  ['ID=alpine', 'sudo apk add redis mariadb'],
])('the error about missing servers names the right packages for %j', (osRelease, command) => {
  expect(howToInstall(servers, machineOf('linux', osRelease))).toContain(`\n  ${command}`);
});

it('the error about missing servers names only servers that are missing, and the alternatives', () => {
  const told = howToInstall(['redis-server'], 'other');
  expect(told).toContain('Redis (redis-server), 6.2 or later');
  expect(told).not.toContain('mariadb');
  expect(told).toContain('REDIS_URL');
  expect(told).toContain('docker compose up');
});
