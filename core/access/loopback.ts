import { isIP } from 'node:net';

/** Whether an IP address is reachable from this machine only: 127.0.0.0/8 and ::1. */
export function isLoopbackAddress(address: string): boolean {
  const bare = address.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIP(bare) === 4) return bare.startsWith('127.');
  return isIP(bare) === 6 && URL.parse(`http://[${bare}]`)?.hostname === '[::1]';
}
