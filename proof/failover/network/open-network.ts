import { loopbackNetwork } from './loopback.ts';
import { namespaceNetwork, namespacesAreAllowed } from './namespaces.ts';
import type { Network } from './network.ts';

/**
 * Opens a network of namespaces if this user may make them (root on Linux, with `ip` and `iptables`), otherwise a
 * network on loopback.
 */
export function openNetwork(): Network {
  return namespacesAreAllowed() ? namespaceNetwork() : loopbackNetwork();
}
