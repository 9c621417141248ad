import type { ConnectionConfig } from 'mariadb';

/** Where the database is and how to sign in. `poolMax` is set only if the URL has it. */
export type DatabaseAddress = {
  connection: ConnectionConfig;
  database: string;
  poolMax: number | undefined;
};

const forms = 'mysql://user:password@host:3306/database (or mariadb://...)';

/** The connection is encrypted, but no certificate is checked, so somebody in between can pose as MySQL. */
export const checksNoCertificate = ({ connection: { ssl } }: DatabaseAddress): boolean =>
  typeof ssl === 'object' && ssl.rejectUnauthorized === false;

/** The modes of the mysql client. Only the last two check a certificate. */
const sslModes = ['DISABLED', 'PREFERRED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'];

/**
 * Reads a `mysql://` or `mariadb://` URL. Parameters: `ssl=true|false`, `ssl-mode` (as the mysql client's),
 * `sslaccept=strict|accept_invalid_certs` (as Prisma's), `allowPublicKeyRetrieval=true|false`, `socketPath`,
 * `connectionLimit` or `connection_limit`. Throws an error that names what is wrong and never shows the password.
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
    // The URL's brackets around an IPv6 address are not part of the address.
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
      connection.ssl = value.toUpperCase() !== 'DISABLED' && { rejectUnauthorized: /^verify/i.test(value) };
      return;
    case 'sslaccept':
      connection.ssl = { rejectUnauthorized: value === 'strict' };
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
          'allowPublicKeyRetrieval, socketPath and connectionLimit.',
      );
  }
}
