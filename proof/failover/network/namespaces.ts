import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { processIdentity } from '../../../scripts/launch/process-identity.mjs';
import type { Host, Network } from './network.ts';

/** The beginning of our namespaces' names. After this prefix comes the pid of the process that made the namespace. */
const prefix = 'fcfo';
/** 198.18.0.0/15 is reserved for network tests, so no real host has such an address. */
const subnets = 200;
const tries = 50;

let allowed: boolean | undefined;

/** Whether this process may make network namespaces and filter packets in them. */
export function namespacesAreAllowed(): boolean {
  allowed ??= process.platform === 'linux' && process.getuid?.() === 0 && canMakeOne();
  return allowed;
}

function canMakeOne(): boolean {
  const name = `${prefix}-${process.pid}-trial`;
  try {
    run('ip', 'netns', 'add', name);
  } catch {
    return false;
  }
  try {
    run('ip', 'netns', 'exec', name, 'iptables', '-w', '-A', 'INPUT', '-s', '198.18.0.1', '-j', 'DROP');
    return true;
  } catch {
    return false;
  } finally {
    run('ip', 'netns', 'del', name);
  }
}

/**
 * A network whose hosts are network namespaces, connected by a bridge. The bridge is in a separate namespace, because
 * in the main one the machine's packet filter (such as Docker's) might drop its packets.
 */
export function namespaceNetwork(): Network {
  removeDead();
  const { subnet, bridge } = openSubnet();
  const made = [bridge];
  const hosts: Host[] = [];
  const isolated = new Set<Host>();
  const outside = `198.18.${subnet}.1`;

  const addHost = (name: string): Host => {
    const namespace = `${prefix}-${process.pid}-${subnet}-${name}`;
    const address = `198.18.${subnet}.${hosts.length + 10}`;
    const port = `p${hosts.length}`;
    run('ip', 'netns', 'add', namespace);
    made.push(namespace);
    run('ip', '-n', namespace, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', port, 'netns', bridge);
    run('ip', '-n', bridge, 'link', 'set', port, 'master', 'br0', 'up');
    run('ip', '-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    for (const device of ['lo', 'eth0']) run('ip', '-n', namespace, 'link', 'set', device, 'up');
    const host: Host = {
      name,
      address,
      command: (file, args) => ({ file: 'ip', args: ['netns', 'exec', namespace, file, ...args] }),
    };
    hosts.push(host);
    return host;
  };
  const filter = (host: Host, ...rule: string[]): void => {
    const { file, args } = host.command('iptables', ['-w', ...rule]);
    run(file, ...args);
  };
  return {
    kind: 'namespaces',
    outside,
    addHost,
    isolate: (side) => {
      for (const host of side) {
        isolated.add(host);
        for (const { address } of hosts.filter((other) => !side.includes(other))) {
          filter(host, '-A', 'INPUT', '-s', address, '-j', 'DROP');
          filter(host, '-A', 'OUTPUT', '-d', address, '-j', 'DROP');
        }
      }
    },
    heal: () => {
      for (const host of isolated) filter(host, '-F');
      isolated.clear();
    },
    [Symbol.asyncDispose]: () => {
      for (const namespace of made.reverse()) run('ip', 'netns', 'del', namespace);
      return Promise.resolve();
    },
  };
}

/** Takes a subnet that no other run uses, and makes its bridge. This process gets the subnet's first address. */
function openSubnet(): { subnet: number; bridge: string } {
  for (let attempt = 1; ; attempt += 1) {
    const subnet = randomInt(subnets);
    const bridge = `${prefix}-${process.pid}-${subnet}-net`;
    run('ip', 'netns', 'add', bridge);
    try {
      // The device's name is a lock: a second run can't make a device with the same name.
      run('ip', 'link', 'add', `${prefix}${subnet}`, 'type', 'veth', 'peer', 'name', 'uplink', 'netns', bridge);
    } catch (error) {
      run('ip', 'netns', 'del', bridge);
      if (attempt === tries) throw error;
      continue;
    }
    run('ip', '-n', bridge, 'link', 'add', 'br0', 'type', 'bridge');
    run('ip', '-n', bridge, 'link', 'set', 'uplink', 'master', 'br0', 'up');
    run('ip', '-n', bridge, 'link', 'set', 'br0', 'up');
    run('ip', 'addr', 'add', `198.18.${subnet}.1/24`, 'dev', `${prefix}${subnet}`);
    run('ip', 'link', 'set', `${prefix}${subnet}`, 'up');
    return { subnet, bridge };
  }
}

/** Removes namespaces of dead processes, with their devices. */
function removeDead(): void {
  for (const line of run('ip', 'netns', 'list').split('\n')) {
    const [name = ''] = line.split(' ');
    const pid = new RegExp(`^${prefix}-(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || processIdentity(Number(pid)) !== null) continue;
    try {
      run('ip', 'netns', 'del', name);
    } catch {
      // Another run is removing this namespace.
    }
  }
}

function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
