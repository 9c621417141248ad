import type { Network } from './network.ts';

/** All hosts at 127.0.0.1, told apart by their ports only. */
export function loopbackNetwork(): Network {
  const address = '127.0.0.1';
  return {
    kind: 'loopback',
    outside: address,
    addHost: (name) => ({ name, address, command: (file, args) => ({ file, args }) }),
    isolate: () => {
      throw new Error(
        'A partition needs network namespaces: run it as root on Linux, with the commands ip and iptables.',
      );
    },
    heal: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
