import type { Network } from './network.ts';

/** A network whose hosts share 127.0.0.1 and differ only in their ports. */
export function loopbackNetwork(): Network {
  const address = '127.0.0.1';
  return {
    kind: 'loopback',
    outside: address,
    addHost: (name) => ({ name, address, command: (file, args) => ({ file, args }) }),
    isolate: () => {
      throw new Error(
        'The fault partition needs network namespaces: run the command as root on Linux, with ip and iptables.',
      );
    },
    heal: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
