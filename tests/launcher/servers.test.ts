import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { findOrInstall } from '../../scripts/services/binaries.ts';
import { plannedPackages } from '../../scripts/debian/debian-suite.ts';
import { findProgram } from '../../scripts/debian/program-cache.ts';
import { buildNames, parseBuildNames, serverBuilds, triedPairs } from '../../scripts/servers/server-builds.ts';
import { pathWith, requireDebian, serverCacheDir } from '../../scripts/servers/server-cache.ts';
import { root, startProcess } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';

describe('the servers that --servers names', () => {
  it('are a database, a Redis, or one of each', () => {
    expect(parseBuildNames('mysql-9.7')).toEqual(['mysql-9.7']);
    expect(parseBuildNames('mysql-9.7, valkey-9')).toEqual(['mysql-9.7', 'valkey-9']);
    expect(parseBuildNames('mysql-9.7,mariadb-11')).toBe(
      'Give at most one database and one Redis: mysql-9.7 and mariadb-11 are of the same kind.',
    );
    expect(parseBuildNames('valkey-9,redis-8.0,mysql-9.7')).toContain('valkey-9 and redis-8.0 are of the same kind');
  });

  it('are refused, with a list of all servers, if one of the names is unknown', async () => {
    await using run = await startProcess({ script: 'scripts/test.ts', args: ['--servers', 'postgres-18'] });
    expect(await run.ended).toMatchObject({ code: 2 });
    expect(run.output()).toContain(`There is no server 'postgres-18'. Choose from: ${buildNames.join(', ')}.`);
  });

  it('are all covered by the pairs that npm run compat tests', () => {
    expect(new Set(triedPairs.flat())).toEqual(new Set(buildNames));
    for (const pair of triedPairs) expect(pair.map((name) => serverBuilds[name].kind)).toEqual(['database', 'redis']);
  });
});

it('npm test passes everything except --servers to vitest, in the order in which it was typed', async () => {
  await using run = await startProcess({
    script: 'scripts/test.ts',
    args: ['no-such-file', '--reporter=dot', '-t', 'no such test', '--passWithNoTests', '--config=tests/no-such.ts'],
  });
  await run.ended;
  expect(run.output()).toContain('no-such.ts');
});

it('npm run compat requires both a database and a Redis, and says so before it prepares anything', async () => {
  await using run = await startProcess({ script: 'proof/compat.ts', args: ['--servers', 'mysql-9.7'] });
  expect(await run.ended).toMatchObject({ code: 2 });
  expect(run.output()).toContain('--servers needs a database and a Redis, such as mysql-9.7,valkey-9.');
});

describe('a machine that needs other servers', () => {
  it('must run Debian; on other machines, an error explains how to use installed servers', () => {
    expect(() => requireDebian('ID=fedora\nVERSION_ID=43\n')).toThrow('this machine does not run Debian');
    expect(() => requireDebian('ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n')).toThrow(
      'PATH=/opt/mysql/bin:$PATH npm test',
    );
  });

  it('unpacks the packages that apt would install', () => {
    const plan = [
      'Reading package lists...',
      'Inst libc6 (2.43-7 Debian:unstable [amd64]) []',
      'Inst mysql-common (5.8+1.1.1 Debian:unstable [all])',
      'Inst mariadb-server-core (1:11.8.9+ds-4 Debian:13.1/stable, Debian-Security:13/stable [arm64])',
      'Conf libc6 (2.43-7 Debian:unstable [amd64])',
    ];
    expect(plannedPackages(plan.join('\n'))).toEqual([
      { name: 'libc6', version: '2.43-7', architecture: 'amd64' },
      { name: 'mysql-common', version: '5.8+1.1.1', architecture: 'all' },
      { name: 'mariadb-server-core', version: '1:11.8.9+ds-4', architecture: 'arm64' },
    ]);
  });
});

it('only one file makes apt read a Debian suite, and no file names a mirror, so the machine’s own mirror is used', () => {
  const files = globSync('{scripts,proof,tests}/**/*.ts', { cwd: root });
  const naming = (text: RegExp) => files.filter((file) => text.test(readFileSync(join(root, file), 'utf8')));
  expect(naming(/Dir::Etc::sourcel[i]st/)).toEqual(['scripts/debian/debian-suite.ts']);
  expect(naming(/deb\.debian\.o[r]g/)).toEqual([]);
});

describe('a server’s folder', () => {
  const facts = { format: 1, packageName: 'mysql-server-core', packageVersion: '9.7.4-2', bytes: 1 };

  it('is in the user’s cache, not in the checkout', () => {
    expect(serverCacheDir({ XDG_CACHE_HOME: '/var/cache/kim' })).toBe('/var/cache/kim/firstcome/servers');
    expect(serverCacheDir({})).toMatch(/\/\.cache\/firstcome\/servers$/);
  });

  it('is used only if it is complete, and is made again if an earlier run was killed halfway', () => {
    const cache = makeTestDir(inject('runDir'), 'cache');
    mkdirSync(join(cache, 'mysql-9.7'));
    expect(findProgram('mysql-9.7', cache)).toBeNull();
    writeFileSync(join(cache, 'mysql-9.7', 'build.json'), JSON.stringify({ ...facts, format: 0 }));
    expect(findProgram('mysql-9.7', cache)).toBeNull();
    writeFileSync(join(cache, 'mysql-9.7', 'build.json'), JSON.stringify(facts));
    expect(findProgram('mysql-9.7', cache)).toMatchObject({ packageVersion: '9.7.4-2' });
  });
});

describe('the launcher', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('starts the servers that come first in PATH, whichever other servers the machine has', async () => {
    const cache = makeTestDir(inject('runDir'), 'cache');
    const standIn = (name: 'mysql-9.7' | 'valkey-9') => {
      const folder = join(cache, name);
      const { program } = serverBuilds[name];
      mkdirSync(join(folder, 'usr/run'), { recursive: true });
      writeFileSync(join(folder, 'usr/run', program), '#!/bin/sh\necho mysqld Ver 9.7.4\n', { mode: 0o755 });
      return { ...{ format: 1, packageName: '', packageVersion: '', bytes: 0 }, name, folder };
    };
    vi.stubEnv('PATH', pathWith([standIn('mysql-9.7'), standIn('valkey-9')]));
    expect(await findOrInstall({ redis: true, database: true }, console.error)).toEqual({
      redis: join(cache, 'valkey-9/usr/run/valkey-server'),
      database: { file: join(cache, 'mysql-9.7/usr/run/mysqld'), flavour: 'mysql' },
    });
  });
});
