import { z } from 'zod';
import { readFormatted, withFormat, type Format } from '../runtime/stored-format.ts';
import { requestIdTaken } from './admin-requests.ts';
import { someInfo } from './stored-info.ts';

const asked = z.object({
  /** The action's name in the audit trail, such as `event.pause`. */
  action: z.string(),
  actor: z.string(),
  role: z.string().nullable(),
  /** The id of the API key, if the actor is an API key. Optional, because earlier versions did not write it. */
  keyId: z.string().nullable().optional(),
  door: z.enum(['api', 'cli', 'worker']),
  reason: z.string().nullable(),
  requestId: z.string(),
  inputHash: z.string(),
  atMs: z.number(),
});

const pending = asked.extend({
  /** The version that this change gives the gate. */
  version: z.number(),
  info: someInfo,
  round: z
    .object({
      stock: z.number(),
      opensAtMs: z.number(),
      closesAtMs: z.number().nullable(),
      paused: z.boolean(),
      closedAtMs: z.number().nullable(),
      needsApproval: z.boolean(),
      approvalAskedBy: z.string().nullable(),
      reserved: z.string(),
    })
    .exactPartial(),
});

/**
 * Who asked for which change, and when. The gate and the audit trail record the same facts, so a repeated request is
 * recognized in both.
 */
export type AskedChange = z.infer<typeof asked>;

/**
 * A change that the gate has and MySQL does not have yet. `info` and `round` hold the fields that it changes, but not a
 * raised stock, which the gate gets only after MySQL has it.
 */
export type PendingChange = z.infer<typeof pending>;

/** Each change has its own format number, because processes of several versions may have changed the same gate. */
const pendingFormat: Format = { newest: 1, of: 'a pending change in the gate' };

/**
 * Reads a gate's pending changes. Throws `NewerFormat` if a newer version wrote one, and another error if the text is
 * not a list of changes.
 */
export const parsePendingChanges = (pendingChanges: string): PendingChange[] =>
  pendingChanges === ''
    ? []
    : z
        .array(z.unknown())
        .parse(JSON.parse(pendingChanges))
        .map((change) => pending.parse(readFormatted(pendingFormat, change)));

export const addPendingChange = (pendingChanges: string, change: PendingChange): string =>
  JSON.stringify([...parsePendingChanges(pendingChanges), change].map((each) => withFormat(pendingFormat, each)));

/**
 * Whether this change is already pending in the gate. Throws `conflict` if its `requestId` was used for a different
 * change.
 */
export function isPending(pendingChanges: string, { actor, requestId, inputHash }: AskedChange): boolean {
  const same = parsePendingChanges(pendingChanges).find(
    (change) => change.actor === actor && change.requestId === requestId,
  );
  if (same !== undefined && same.inputHash !== inputHash) throw requestIdTaken(requestId);
  return same !== undefined;
}
