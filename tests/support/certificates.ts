import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** PEM files of an authority, and of a certificate for 127.0.0.1 that this authority signed. */
export type Certificates = { ca: string; cert: string; key: string };

/** Makes an authority and a certificate in `dir`. Requires the `openssl` command. */
export function makeCertificates(dir: string): Certificates {
  const file = (name: string): string => join(dir, name);
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...newKey, '-subj', '/CN=test authority', '-keyout', file('ca.key'), '-out', file('ca.pem'));
  openssl(
    ...['req', '-x509', ...newKey, '-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-keyout', file('server.key'), '-out', file('server.pem')],
  );
  return { ca: file('ca.pem'), cert: file('server.pem'), key: file('server.key') };
}
