import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { type Prisma, PrismaClient } from '../../prisma/generated/client.ts';

export type Db = PrismaClient;
/** What runs inside one transaction. */
export type DbTransaction = Prisma.TransactionClient;
/** Whatever can read: the client itself, or a transaction. */
export type DbReader = Db | DbTransaction;

export type OpenDbOptions = {
  /** Connections at most. Default 10. */
  poolMax?: number;
  /** How long a command may take before it fails and its connection is dropped. Default 1,500 ms. */
  commandTimeoutMs?: number;
};

/** A client for MySQL or MariaDB. Connects with the first query, and again by itself after a loss. */
export function openDb(databaseUrl: string, _options: OpenDbOptions = {}): Db {
  return new PrismaClient({ adapter: new PrismaMariaDb(databaseUrl) });
}
