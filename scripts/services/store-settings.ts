/**
 * As in redis.conf: fsync every write before the reply, and never evict. The promises depend on it, on this machine, in
 * the containers of `npm start` and in docker-compose.yml, which a test compares with this file.
 */
export const redisSettings = {
  save: '""',
  appendonly: 'yes',
  appendfsync: 'always',
  'no-appendfsync-on-rewrite': 'no',
  'maxmemory-policy': 'noeviction',
  'tcp-backlog': '4096',
} as const;

/** Arguments of mysqld or mariadbd, with which a commit survives a crash. */
export const databaseSettings = ['--character-set-server=utf8mb4', '--innodb-flush-log-at-trx-commit=1'] as const;

export const storeImages = { redis: 'redis:7.4.11', mysql: 'mysql:8.4.11' } as const;

/** The images that a start of ours uses: `storeImages`, unless a test has its own. */
export type StoreImages = Record<keyof typeof storeImages, string>;
