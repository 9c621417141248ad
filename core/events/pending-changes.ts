import { z } from 'zod';
import { readFormatted, withFormat, type Format } from '../runtime/stored-format.ts';
import { requestIdTaken } from './admin-requests.ts';
import { someInfo } from './stored-info.ts';

const asked = z.object({
  /** As in the audit trail: `event.pause`. */
  action: z.string(),
  actor: z.string(),
  role: z.string().nullable(),
  /** The API key that the actor is. Optional: gates may hold changes of earlier versions. */
  keyId: z.string().nullable().optional(),
  door: z.enum(['api', 'cli', 'worker']),
  reason: z.string().nullable(),
  requestId: z.string(),
  inputHash: z.string(),
  atMs: z.number(),
});

const pending = asked.extend({
  /** The version that the gate has with it. */
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

/** Who asked for which change, and when: the same in the gate, in the audit trail, and when it is asked for again. */
export type AskedChange = z.infer<typeof asked>;

/**
 * A change that the gate was told before MySQL had it. `info` and `round` have the fields that it changes; of a change
 * that raises the stock too, the gate has that only when the row has it.
 */
export type PendingChange = z.infer<typeof pending>;

/** Of each change: a gate that a process of another version has changed too may hold several forms. */
const pendingFormat: Format = { newest: 1, of: 'a change that the gate carries' };

/** Reads the gate's `pendingChanges` field. Throws `NewerFormat`, or an error for what is none of ours. */
export const parsePendingChanges = (pendingChanges: string): PendingChange[] =>
  pendingChanges === ''
    ? []
    : z
        .array(z.unknown())
        .parse(JSON.parse(pendingChanges))
        .map((change) => pending.parse(readFormatted(pendingFormat, change)));

/** Adds a change to the gate's `pendingChanges` field. */
export const addPendingChange = (pendingChanges: string, change: PendingChange): string =>
  JSON.stringify([...parsePendingChanges(pendingChanges), change].map((each) => withFormat(pendingFormat, each)));

/** Whether the gate carries what is asked for. Throws `conflict` when the `requestId` was used for something else. */
export function isPending(pendingChanges: string, { actor, requestId, inputHash }: AskedChange): boolean {
  const same = parsePendingChanges(pendingChanges).find(
    (change) => change.actor === actor && change.requestId === requestId,
  );
  if (same !== undefined && same.inputHash !== inputHash) throw requestIdTaken(requestId);
  return same !== undefined;
}
