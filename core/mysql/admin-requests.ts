import type { Db, DbTransaction } from './open-db.ts';

/** A change that an admin asks for. `input` is what was asked, as plain JSON. */
export type AdminRequest = {
  actor: string;
  requestId: string | undefined;
  action: string;
  eventId: string;
  input: unknown;
};

/**
 * Runs `change` in a transaction, once for each (actor, request id): asking again changes nothing and gives the first
 * result, which must be plain JSON. Throws `conflict` when the id was used for another action or input.
 */
export function runOnce<Result>(
  _db: Db,
  _request: AdminRequest,
  _change: (tx: DbTransaction) => Promise<Result>,
): Promise<Result> {
  return Promise.reject(new Error('not built yet'));
}
