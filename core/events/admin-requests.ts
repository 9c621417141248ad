import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Prisma } from '../../prisma/generated/client.ts';
import { say } from '../messages/message.ts';
import { mysqlErrno } from '../mysql/mysql-error.ts';
import type { Db, DbTransaction } from '../mysql/open-db.ts';
import { Fault } from '../runtime/fault.ts';
import { readFormatted, withFormat, type Format } from '../runtime/stored-format.ts';

export type AdminRequest = {
  actor: string;
  requestId: string | undefined;
  action: string;
  eventId: string;
  input: unknown;
};

/**
 * Runs `change` in a transaction, once for each pair of actor and request id. A repeated request changes nothing and
 * returns the first result, which must be plain JSON. If `change` throws, the request may be repeated. Throws
 * `conflict` if the id was used for a different action or input. Without a request id, only runs `change` in a
 * transaction.
 */
export async function runOnce<Result>(
  db: Db,
  request: AdminRequest,
  change: (tx: DbTransaction) => Promise<Result>,
): Promise<Result> {
  const { actor, requestId, action, eventId, input } = request;
  if (requestId === undefined) return db.$transaction(change);
  const inputHash = hash(action, input);
  try {
    return await db.$transaction(async (tx) => {
      // Reserve the id first, so that if two requests with the same id arrive at once, the second waits here until the
      // first has committed.
      await reserve(tx, { actor, requestId, action, eventId, inputHash });
      const result = await change(tx);
      await tx.adminRequest.update({
        where: { actor_requestId: { actor, requestId } },
        data: { result: kept(result) },
        select: { actor: true },
      });
      return result;
    });
  } catch (error) {
    if (!(error instanceof AlreadyAsked)) throw error;
    return earlierResult<Result>(db, actor, requestId, inputHash);
  }
}

/**
 * Records that a request was completed elsewhere, so that `runOnce` returns `result` for it and changes nothing. Keeps
 * an existing record.
 */
export async function noteDone<Result>(
  tx: DbTransaction,
  request: { actor: string; requestId: string; action: string; eventId: string; inputHash: string },
  result: Result,
): Promise<void> {
  const { actor, requestId, action, eventId } = request;
  const inputHash = new Uint8Array(Buffer.from(request.inputHash, 'hex'));
  await tx.adminRequest.upsert({
    where: { actor_requestId: { actor, requestId } },
    create: {
      ...{ actor, requestId, action, eventId, inputHash, createdAt: new Date() },
      result: kept(result),
    },
    update: {},
    select: { actor: true },
  });
}

/** A hash, in hex, that shows whether a request reuses an id for a different action or input. */
export const inputHashOf = ({ action, input }: Pick<AdminRequest, 'action' | 'input'>): string =>
  Buffer.from(hash(action, input)).toString('hex');

/** The fault for a request id that was already used for a different action or input. */
export const requestIdTaken = (requestId: string): Fault =>
  new Fault('conflict', say('request_id_reused', { requestId }));

const resultFormat: Format = { newest: 1, of: 'the result of a request' };
/** A result of `undefined` is stored without `value`, because JSON has no `undefined`. */
const keptResult = z.object({ value: z.unknown().optional() });
const kept = (value: unknown) => withFormat(resultFormat, { value }) as Prisma.InputJsonObject;

class AlreadyAsked extends Error {}

async function reserve(
  tx: DbTransaction,
  row: { actor: string; requestId: string; action: string; eventId: string; inputHash: Uint8Array<ArrayBuffer> },
): Promise<void> {
  try {
    await tx.adminRequest.create({ data: { ...row, result: {}, createdAt: new Date() }, select: { actor: true } });
  } catch (error) {
    // This insert has its own `catch`, because only here does an error 1062 mean a repeated id; `change` may cause that
    // error for any key.
    throw mysqlErrno(error) === 1062 ? new AlreadyAsked() : error;
  }
}

async function earlierResult<Result>(db: Db, actor: string, requestId: string, inputHash: Uint8Array): Promise<Result> {
  const row = await db.adminRequest.findUniqueOrThrow({ where: { actor_requestId: { actor, requestId } } });
  if (!Buffer.from(row.inputHash).equals(inputHash)) throw requestIdTaken(requestId);
  return keptResult.parse(readFormatted(resultFormat, row.result)).value as Result;
}

function hash(action: string, input: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(canonicalJson({ action, input })).digest());
}

/** JSON with sorted keys, because clients may write the fields in any order. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
