import { lookupConnections } from '../events/known-events.ts';
import { parseDatabaseUrl } from '../mysql/database-url.ts';
import { defaultPoolMax } from '../mysql/open-db.ts';
import type { Env } from './env.ts';

/**
 * How many connections to MySQL a process opens at most: those for everything but claims (`connectionLimit` in the
 * URL), those for deciding claims (`CLAIM_CONNECTIONS`), and those for looking up unknown events.
 */
export const mysqlConnectionsMax = ({ databaseUrl, claimConnections }: Pick<Env, 'databaseUrl' | 'claimConnections'>) =>
  (parseDatabaseUrl(databaseUrl).poolMax ?? defaultPoolMax) + claimConnections + lookupConnections;
