/** A machine in the network. Several processes may run on one host. */
export type Host = {
  readonly name: string;
  /** The address at which other hosts and this process reach the host. */
  readonly address: string;
  /** The command that runs `file` on this host. */
  command(file: string, args: string[]): { file: string; args: string[] };
};

/** The network between the hosts of a run. Faults may disrupt the network. */
export type Network = AsyncDisposable & {
  /** `namespaces`: each host is a Linux network namespace. `loopback`: all hosts share this machine's address. */
  readonly kind: 'namespaces' | 'loopback';
  /** The address at which the hosts reach this process. */
  readonly outside: string;
  addHost(name: string): Host;
  /**
   * Drops every packet between these hosts and all other hosts. The isolated hosts still reach each other and this
   * process. Throws on `loopback`, where all hosts have the same address.
   */
  isolate(hosts: readonly Host[]): void;
  /** Ends all isolations. */
  heal(): void;
};
