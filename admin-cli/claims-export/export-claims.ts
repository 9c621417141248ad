import type { ExportedClaims } from '../../core/admin/claim-queries.ts';
import type { RemoteAdmin, Why } from '../api-client.ts';

/** As many as the API gives at once. */
const pageMax = 1_000;

/**
 * All claims of a round that MySQL has, in serial order, in pages: the round is the one that the event is in when the first page is
 * asked for. Serials only grow, but for numbers that come back with the counters, so a claim that is stored meanwhile is
 * in a later page, or missing where its serial was passed.
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
