import { BlockList, isIPv6 } from 'node:net';

/**
 * The address under which a connection is counted: the IPv4 address, even if the system writes it in IPv6 form. For
 * IPv6, this is only the first 64 bits, because a host can freely choose the other bits.
 */
export function addressOf(remoteAddress: string | undefined): string {
  // The client has already disconnected.
  if (remoteAddress === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteAddress)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(remoteAddress) ? `${first64Bits(remoteAddress)}::/64` : remoteAddress;
}

function first64Bits(address: string): string {
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length;
    groups.push(...Array.from({ length: Math.max(8 - groups.length - after, 0) }, () => '0'));
  }
  return groups.slice(0, 4).join(':');
}

/**
 * Returns a function that reports whether an address, in the system's notation, belongs to one of `networks`: single
 * addresses, or ranges such as `10.0.0.0/8`.
 */
export function addressMatcher(networks: readonly string[]): (remoteAddress: string | undefined) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (remoteAddress) => {
    if (remoteAddress === undefined || networks.length === 0) return false;
    const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/i, '');
    return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  };
}
