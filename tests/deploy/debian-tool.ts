import type { DebianTool } from '../../scripts/debian/find-tool.ts';

/** Renders the files in deploy/kubernetes. */
export const kubectl: DebianTool = {
  ...{ program: 'kubectl', folder: 'usr/bin', packageName: 'kubectl', suite: 'unstable', version: '1.' },
  check: ['version', '--client'],
  why: 'to render the files of deploy/kubernetes',
};

/** Resolves docker-compose.yml, without a Docker engine. */
export const compose: DebianTool = {
  ...{ program: 'docker-compose', folder: 'usr/bin', packageName: 'docker-compose', suite: 'unstable', version: '2.' },
  check: ['version'],
  why: 'to check docker-compose.yml',
};

const mariaDbClient = { folder: 'usr/bin', suite: 'bookworm', version: '10.11.', check: ['--version'] } as const;
const mySqlClient = { folder: 'usr/bin', suite: 'unstable', version: '9.7.', check: ['--version'] } as const;

/**
 * The programs that back up and restore each kind of database. A dump or a server of one kind is not safe with the
 * other kind's programs.
 */
export const databaseTools: Record<'mariadb' | 'mysql', { dump: DebianTool; client: DebianTool }> = {
  mariadb: {
    dump: { ...mariaDbClient, program: 'mariadb-dump', packageName: 'mariadb-client', why: 'to back MariaDB up' },
    client: { ...mariaDbClient, program: 'mariadb', packageName: 'mariadb-client-core', why: 'to restore MariaDB' },
  },
  mysql: {
    dump: { ...mySqlClient, program: 'mysqldump', packageName: 'mysql-client-core', why: 'to back MySQL up' },
    client: { ...mySqlClient, program: 'mysql', packageName: 'mysql-client-core', why: 'to restore MySQL' },
  },
};
