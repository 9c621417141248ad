import type { Actor } from '../access/actor.ts';
import type { ShownCodes } from '../access/shown-codes.ts';
import type { Db } from '../mysql/open-db.ts';
import { appendAudit, extendAudit, listAudit, type AuditRow } from './audit-rows.ts';

/**
 * A page of an export: the claims after serial `afterSerial`. `complete`: no claim follows. `codes`: whether codes were
 * masked.
 */
export type ExportedPage = {
  afterSerial: number;
  claims: number;
  lastSerial: number;
  complete: boolean;
  codes: ShownCodes['codes'];
};

type Export = { actor: Actor; eventId: string; round: number };

const action = 'claim.export';
/** How long an export may be continued. A later page begins a new export. */
const exportMs = 3_600_000;
/**
 * How many exports of one round a caller may run at once. With more exports, a page may not find its export's entry,
 * and begins a new entry.
 */
const underWayMax = 50;

/**
 * Records a page of an export before the page is shown. An export has one entry, which says how far the export got. A
 * page extends an entry only if it continues exactly where an export of the same caller stopped, with codes shown the
 * same way. Any other page begins a new entry.
 */
export async function auditExport(db: Db, of: Export, page: ExportedPage, nowMs: number): Promise<void> {
  const { eventId, round, actor } = of;
  const { name, role, keyId, door, reason = null } = actor;
  const before = page.afterSerial === 0 ? undefined : await findUnderWay(db, of, page, nowMs);
  await db.$transaction(async (tx) => {
    if (before !== undefined) {
      const { afterSerial, claims } = before.reach;
      const after = { ...page, afterSerial, claims: claims + page.claims };
      const expected = { lastSerial: before.reach.lastSerial };
      if (await extendAudit(tx, before.id, { expected, after })) return;
    }
    const what = { action, actor: name, role, keyId, door, reason, eventId, round, requestId: null, before: null };
    await appendAudit(tx, { ...what, after: page }, nowMs);
  });
}

async function findUnderWay(
  db: Db,
  { actor, eventId, round }: Export,
  page: ExportedPage,
  nowMs: number,
): Promise<{ id: number; reach: ExportedPage } | undefined> {
  const wanted = { action, actor: actor.name, eventId, sinceAtMs: nowMs - exportMs, limit: underWayMax };
  return (await listAudit(db, wanted))
    .filter((row) => row.round === round && row.door === actor.door && row.actor === actor.name)
    .map((row) => ({ id: row.id, reach: readReach(row) }))
    .find(
      (row): row is { id: number; reach: ExportedPage } =>
        row.reach !== undefined &&
        !row.reach.complete &&
        row.reach.lastSerial === page.afterSerial &&
        row.reach.codes === page.codes,
    );
}

/** How far this entry's export got; undefined if an earlier version wrote the entry. */
function readReach({ after }: Pick<AuditRow, 'after'>): ExportedPage | undefined {
  const reach = (after ?? {}) as Partial<Record<keyof ExportedPage, unknown>>;
  const { afterSerial, claims, lastSerial, complete, codes } = reach;
  if (typeof afterSerial !== 'number' || typeof claims !== 'number') return undefined;
  if (typeof lastSerial !== 'number' || typeof complete !== 'boolean') return undefined;
  if (codes !== 'shown' && codes !== 'masked') return undefined;
  return { afterSerial, claims, lastSerial, complete, codes };
}
