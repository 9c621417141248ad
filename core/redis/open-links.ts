import type { Logger } from '../runtime/log.ts';
import { openClusterLinks } from './cluster-links.ts';
import { openRedis, type LinkOptions } from './open-redis.ts';
import { addressOf, type RedisAddress } from './redis-address.ts';
import { singleLink, type RedisLinks } from './redis-links.ts';

/** Opens the links to all primaries. They reconnect, and follow failovers and moved slots, until they are closed. */
export function openLinks(
  at: string | RedisAddress,
  connectionName: string,
  log: Logger,
  { unfenced = false }: Pick<LinkOptions, 'unfenced'> = {},
): RedisLinks {
  const address = addressOf(at);
  if (address.topology === 'cluster') return openClusterLinks(address, connectionName, log, { unfenced });
  return singleLink(openRedis(address, connectionName, log, { unfenced }), address.topology);
}
