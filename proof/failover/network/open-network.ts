import { loopbackNetwork } from './loopback.ts';
import { namespaceNetwork, namespacesAreAllowed } from './namespaces.ts';
import type { Network } from './network.ts';

/** Opens network namespaces where this user may make them (root on Linux, with `ip` and `iptables`), else the loopback. */
export function openNetwork(): Network {
  return namespacesAreAllowed() ? namespaceNetwork() : loopbackNetwork();
}
