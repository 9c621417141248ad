import { catalogue } from '../../core/metrics/catalogue.ts';

/** Claims by outcome (`ClaimResult`). */
export type ClaimOutcomes = Record<string, number>;

/** Reads the outcomes from `/metrics`, over all API processes. */
export async function readClaimOutcomes(apiUrl: string): Promise<ClaimOutcomes> {
  const text = await (await fetch(`${apiUrl}/metrics`)).text();
  const lines = text.matchAll(new RegExp(`^${catalogue.claims.name}\\{outcome="([^"]+)"[^}]*\\} (\\S+)$`, 'gm'));
  return Object.fromEntries([...lines].map(([, outcome = '', count]) => [outcome, Number(count)]));
}
