import { gateKey } from '../../../core/redis/keys.ts';
import { openRelay } from '../network/relay.ts';
import { password, type RedisNode } from '../servers/redis-node.ts';
import type { Topology } from '../servers/topology.ts';

const lookEveryMs = 100;

/** One address that leads new connections to the current primary, as with managed services and Kubernetes. */
export type FollowedAddress = AsyncDisposable & { readonly url: string };

/** Opens an address that follows the primary of these servers. Existing connections stay with their server. */
export async function followMaster(topology: Topology): Promise<FollowedAddress> {
  const anyKey = gateKey('any');
  let master: RedisNode = await topology.masterOf(anyKey);
  const timer = setInterval(() => {
    topology.masterOf(anyKey).then(
      (now) => (master = now),
      () => undefined,
    );
  }, lookEveryMs);
  const { outside } = topology.network;
  const relay = await openRelay(outside, () => ({ host: master.host.address, port: master.port }));
  return {
    url: `redis://default:${password}@${outside}:${relay.port}`,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await relay[Symbol.asyncDispose]();
    },
  };
}
