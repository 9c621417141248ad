/**
 * Settings in the form of redis.conf: fsync every write before the reply, and never evict a key. The promises depend on
 * these settings: on this machine, in the containers of `npm start` and in docker-compose.yml. A test checks that
 * docker-compose.yml has the same settings.
 */
export const redisSettings = {
  save: '""',
  appendonly: 'yes',
  appendfsync: 'always',
  'no-appendfsync-on-rewrite': 'no',
  'maxmemory-policy': 'noeviction',
  'tcp-backlog': '4096',
} as const;

/** Arguments for mysqld or mariadbd that make a commit survive a crash. */
export const databaseSettings = ['--character-set-server=utf8mb4', '--innodb-flush-log-at-trx-commit=1'] as const;

export const storeImages = { redis: 'redis:7.4.11', mysql: 'mysql:8.4.11' } as const;

/** The images that `npm start` uses: `storeImages`, unless a test provides others. */
export type StoreImages = Record<keyof typeof storeImages, string>;
