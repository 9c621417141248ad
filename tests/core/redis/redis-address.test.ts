import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from '../../../core/redis/redis-address.ts';

describe('REDIS_URL', () => {
  it('may name one server, Sentinels and their master, or nodes of a cluster', () => {
    expect(parseRedisUrl('redis://:p@one:1/2')).toEqual({
      ...{ topology: 'standalone', url: 'redis://:p@one:1/2', tls: null },
    });
    expect(parseRedisUrl('redis+sentinel://me:p%40ss@one,[::1]:2/main')).toEqual({
      topology: 'sentinel',
      sentinels: [
        { host: 'one', port: 26_379 },
        { host: '::1', port: 2 },
      ],
      masterName: 'main',
      login: { username: 'me', password: 'p@ss' },
      sentinelLogin: { username: '', password: '' },
      tls: null,
    });
    expect(parseRedisUrl('redis+cluster://:p@one:1,two')).toEqual({
      topology: 'cluster',
      nodes: [
        { host: 'one', port: 1 },
        { host: 'two', port: 6_379 },
      ],
      login: { username: '', password: 'p' },
      tls: null,
    });
  });

  it('turns on encryption if it begins with rediss, with the certificates that the environment names', () => {
    const tls = { ca: 'pem' };
    for (const url of ['rediss://one', 'rediss+sentinel://one/main', 'rediss+cluster://one']) {
      expect(parseRedisUrl(url, { tls })).toMatchObject({ tls });
      expect(parseRedisUrl(url.replace('rediss', 'redis'), { tls })).toMatchObject({ tls: null });
    }
  });

  it.each([
    'redis+sentinel://:geheim@one',
    'redis+cluster://:geheim@one/1',
    'redis+cluster://:geheim@',
    'http://:geheim@x',
  ])('is refused as %s, without showing the password', (url) => {
    expect(() => parseRedisUrl(url)).toThrow();
    expect(() => parseRedisUrl(url)).not.toThrow(/geheim/);
  });
});
