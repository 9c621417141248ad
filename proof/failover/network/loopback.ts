import type { Network } from './network.ts';

/** A network in which all hosts share 127.0.0.1 and differ only in their ports. */
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
