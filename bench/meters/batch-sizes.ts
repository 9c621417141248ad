import { catalogue } from '../../core/metrics/catalogue.ts';

/**
 * The API's batches of claims to Redis: the number of batches, of claims, and of batches by size, with the upper bounds
 * of the histogram's buckets.
 */
export type BatchSizes = { batches: number; claims: number; upTo: Record<string, number> };

/** Reads the histogram of batch sizes from an API's `/metrics`. */
export async function readBatchSizes(apiUrl: string): Promise<BatchSizes> {
  const text = await (await fetch(`${apiUrl}/metrics`)).text();
  const value = (suffix: string): number =>
    Number(new RegExp(`^${catalogue.batchSize.name}_${suffix}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  const upTo: Record<string, number> = {};
  for (const match of text.matchAll(
    new RegExp(`^${catalogue.batchSize.name}_bucket\\{le="([^"]+)"\\} (\\S+)$`, 'gm'),
  )) {
    upTo[match[1] ?? ''] = Number(match[2]);
  }
  return { batches: value('count'), claims: value('sum'), upTo };
}

export function batchesSince(before: BatchSizes, after: BatchSizes): BatchSizes & { mean: number } {
  const batches = after.batches - before.batches;
  const claims = after.claims - before.claims;
  const upTo = Object.fromEntries(
    Object.entries(after.upTo).map(([bound, count]) => [bound, count - (before.upTo[bound] ?? 0)]),
  );
  return { batches, claims, mean: batches === 0 ? 0 : claims / batches, upTo };
}
