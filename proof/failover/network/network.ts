/** A machine of its own, from the network's point of view. Several processes may run on one host. */
export type Host = {
  readonly name: string;
  /** The address at which the other hosts, and this process, reach the host. */
  readonly address: string;
  /** The command that runs `file` on this host. */
  command(file: string, args: string[]): { file: string; args: string[] };
};

/** The network between the hosts of one run. A fault may disturb it. */
export type Network = AsyncDisposable & {
  /** `namespaces`: each host is a network namespace of Linux. `loopback`: all hosts share this machine's address. */
  readonly kind: 'namespaces' | 'loopback';
  /** The address at which the hosts reach this process. */
  readonly outside: string;
  addHost(name: string): Host;
  /**
   * Drops every packet between these hosts and all other hosts. They still reach each other and this process. Throws on
   * `loopback`, where packets of different hosts can't be told apart.
   */
  isolate(hosts: readonly Host[]): void;
  /** Ends all isolations. */
  heal(): void;
};
