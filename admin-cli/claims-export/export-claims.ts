import type { ExportedClaims } from '../../core/admin/claim-queries.ts';
import type { RemoteAdmin, Why } from '../api-client.ts';

/** The largest page that the API returns. */
const pageMax = 1_000;

/**
 * Yields all claims of a round that MySQL has, in serial order. Without `round`, exports the round that is current when
 * the first page is read. Includes claims that are stored during the export, except claims whose serial is below one
 * that the export has already reached (only the counter strategies issue such serials).
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
