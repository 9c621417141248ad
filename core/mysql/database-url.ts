import { readFileSync } from 'node:fs';
import type { ConnectionConfig } from 'mariadb';

/** `poolMax` is set only if the URL has a connection limit. */
export type DatabaseAddress = {
  connection: ConnectionConfig;
  database: string;
  poolMax: number | undefined;
};

const forms = 'mysql://user:password@host:3306/database (or mariadb://...)';

/**
 * Whether the connection is encrypted without checking any certificate, so that somebody in between can pose as MySQL.
 */
export const checksNoCertificate = ({ connection: { ssl } }: DatabaseAddress): boolean =>
  typeof ssl === 'object' && ssl.rejectUnauthorized === false;

/** The modes of the mysql client. Only the last two modes check a certificate. */
const sslModes = ['DISABLED', 'PREFERRED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'];

/**
 * Reads a `mysql://` or `mariadb://` URL. Parameters: `ssl=true|false`, `ssl-mode` (with the mysql client's values),
 * `sslaccept=strict|accept_invalid_certs` (as in Prisma), `ssl-ca`, `ssl-cert` and `ssl-key` (files in PEM form),
 * `allowPublicKeyRetrieval=true|false`, `socketPath`, `connectionLimit` or `connection_limit`. Throws an error that
 * says what is wrong and never shows the password.
 */
export function parseDatabaseUrl(databaseUrl: string): DatabaseAddress {
  if (!URL.canParse(databaseUrl)) throw new Error(`The database URL can't be read. It must look like ${forms}.`);
  const url = new URL(databaseUrl);
  if (url.protocol !== 'mysql:' && url.protocol !== 'mariadb:') {
    throw new Error(`The database URL begins with ${url.protocol}//. It must look like ${forms}.`);
  }
  const database = decodeURIComponent(url.pathname.slice(1));
  if (database === '' || database.includes('/')) {
    throw new Error(`The database URL must name one database after the host. It must look like ${forms}.`);
  }
  const connection: ConnectionConfig = {
    // The brackets around an IPv6 address belong to the URL, not to the address.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: url.port === '' ? 3306 : Number(url.port),
    database,
  };
  if (url.username !== '') connection.user = decodeURIComponent(url.username);
  if (url.password !== '') connection.password = decodeURIComponent(url.password);
  const address: DatabaseAddress = { connection, database, poolMax: undefined };
  for (const [name, value] of url.searchParams) applyParameter(address, name, value);
  return address;
}

function applyParameter(address: DatabaseAddress, name: string, value: string): void {
  const { connection } = address;
  switch (name) {
    case 'ssl':
      connection.ssl = value === 'true';
      return;
    case 'ssl-mode':
    case 'sslmode':
      if (!sslModes.includes(value.toUpperCase())) {
        throw new Error(`${name} in the database URL must be one of ${sslModes.join(', ')}.`);
      }
      connection.ssl = value.toUpperCase() !== 'DISABLED' && { ...filesOf(connection), ...checksOf(value) };
      return;
    case 'ssl-ca':
    case 'ssl-cert':
    case 'ssl-key':
      addFile(connection, name, value);
      return;
    case 'sslaccept':
      connection.ssl = { ...filesOf(connection), rejectUnauthorized: value === 'strict' };
      return;
    case 'allowPublicKeyRetrieval':
      connection.allowPublicKeyRetrieval = value === 'true';
      return;
    case 'socketPath':
      connection.socketPath = value;
      return;
    case 'connectionLimit':
    case 'connection_limit':
      if (!/^[1-9]\d{0,3}$/.test(value))
        throw new Error(`${name} in the database URL must be a number from 1 to 9999.`);
      address.poolMax = Number(value);
      return;
    default:
      throw new Error(
        `The database URL has an unknown parameter: ${name}. The known ones are ssl, ssl-mode, sslaccept, ` +
          'ssl-ca, ssl-cert, ssl-key, allowPublicKeyRetrieval, socketPath and connectionLimit.',
      );
  }
}

const parts = { 'ssl-ca': 'ca', 'ssl-cert': 'cert', 'ssl-key': 'key' } as const;

/** Adds a PEM file, which turns on the check of MySQL's certificate, unless `ssl-mode` says otherwise. */
function addFile(connection: ConnectionConfig, name: keyof typeof parts, path: string): void {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (err) {
    const why = err instanceof Error ? err.message : String(err);
    throw new Error(`The file that ${name} in the database URL names can't be read (${why}).`);
  }
  if (!pem.includes('-----BEGIN ')) throw new Error(`${path} (${name} in the database URL) is not in PEM form.`);
  const before = typeof connection.ssl === 'object' ? connection.ssl : { rejectUnauthorized: true };
  connection.ssl = { ...before, [parts[name]]: pem };
}

const filesOf = ({ ssl }: ConnectionConfig): object => {
  if (typeof ssl !== 'object') return {};
  return Object.fromEntries(Object.entries(ssl).filter(([key]) => Object.values<string>(parts).includes(key)));
};

/** VERIFY_CA checks who signed the certificate. VERIFY_IDENTITY also checks that the certificate is for this host. */
const checksOf = (mode: string): object => ({
  rejectUnauthorized: /^verify/i.test(mode),
  ...(/^verify_ca$/i.test(mode) && { checkServerIdentity: () => undefined }),
});
