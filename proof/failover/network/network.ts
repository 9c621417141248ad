/** A machine of its own as far as the network is concerned. Several processes may run on one. */
export type Host = {
  readonly name: string;
  /** Where the other hosts, and this process, reach it. */
  readonly address: string;
  /** The command that runs `file` on this host. */
  command(file: string, args: string[]): { file: string; args: string[] };
};

/** The network between the hosts of one run, which a fault may disturb. */
export type Network = AsyncDisposable & {
  /** `namespaces`: each host is a network namespace of Linux. `loopback`: all hosts share this machine's address. */
  readonly kind: 'namespaces' | 'loopback';
  /** Where hosts reach this process. */
  readonly outside: string;
  addHost(name: string): Host;
  /**
   * Drops every packet between these hosts and all others; among themselves, and with this process, nothing changes.
   * Throws on `loopback`, where hosts can't be told apart.
   */
  isolate(hosts: readonly Host[]): void;
  /** Ends all isolations. */
  heal(): void;
};
