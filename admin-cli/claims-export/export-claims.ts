import type { ExportedClaims } from '../../core/admin/claim-queries.ts';
import type { RemoteAdmin, Why } from '../api-client.ts';

/** The largest page that the API returns. */
const pageMax = 1_000;

/**
 * Yields all claims of a round that MySQL has, in serial order, a page at a time. Without `round`, the whole export
 * uses the round that is current at the first page. Most claims stored during the export get higher serials and appear
 * on a later page. But the counter strategies can issue a returned serial again. A claim with such a serial is missing
 * if the export has already passed it.
 */
export async function* exportClaims(
  admin: Pick<RemoteAdmin, 'exportClaims'>,
  { eventId, round: asked }: { eventId: string; round: number | undefined },
  why: Why,
): AsyncGenerator<ExportedClaims> {
  let round = asked;
  let afterSerial = 0;
  for (;;) {
    const page = await admin.exportClaims({ eventId, round, afterSerial, limit: pageMax }, why);
    yield page;
    const last = page.claims.at(-1);
    if (last === undefined || page.claims.length < pageMax) return;
    round = page.round;
    afterSerial = last.serial;
  }
}
