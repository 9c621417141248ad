import { catalogue } from '../../core/metrics/catalogue.ts';

/** How many claims ended how, by the names of `ClaimResult`. */
export type ClaimOutcomes = Record<string, number>;

/** Reads them from an API's `/metrics`: of all its processes together. */
export async function readClaimOutcomes(apiUrl: string): Promise<ClaimOutcomes> {
  const text = await (await fetch(`${apiUrl}/metrics`)).text();
  const lines = text.matchAll(new RegExp(`^${catalogue.claims.name}\\{outcome="([^"]+)"[^}]*\\} (\\S+)$`, 'gm'));
  return Object.fromEntries([...lines].map(([, outcome = '', count]) => [outcome, Number(count)]));
}
