import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClaimsResult } from '../claims/claims-bench.ts';
import type { LimitsResult } from '../limits/limits-bench.ts';
import type { LineResult } from '../line/line-bench.ts';
import type { LocksResult } from '../locks/locks-bench.ts';
import type { MemoryResult } from '../memory/memory-bench.ts';
import type { OpeningResult } from '../opening/opening-bench.ts';
import type { PagesResult } from '../pages/pages-bench.ts';
import type { ReconcileResult } from '../reconcile/reconcile-bench.ts';
import type { StrategiesResult } from '../strategies/strategies-result.ts';
import type { TracingResult } from '../tracing/tracing-bench.ts';
import type { Setting } from '../system/machine.ts';

/** The content of `<date>-<part>.json`. */
export type StoredResult =
  | { part: 'claims'; setting: Setting; result: ClaimsResult }
  | { part: 'opening'; setting: Setting; result: OpeningResult }
  | { part: 'memory'; setting: Setting; result: MemoryResult }
  | { part: 'strategies'; setting: Setting; result: StrategiesResult }
  | { part: 'locks'; setting: Setting; result: LocksResult }
  | { part: 'reconcile'; setting: Setting; result: ReconcileResult }
  | { part: 'pages'; setting: Setting; result: PagesResult }
  | { part: 'limits'; setting: Setting; result: LimitsResult }
  | { part: 'line'; setting: Setting; result: LineResult }
  | { part: 'tracing'; setting: Setting; result: TracingResult };

/** Stores a result, and replaces an earlier result of the same part on the same day. Returns the file's name. */
export function storeResult(folder: string, stored: StoredResult): string {
  mkdirSync(folder, { recursive: true });
  const name = `${stored.setting.measuredAt.slice(0, 10)}-${stored.part}.json`;
  writeFileSync(join(folder, name), `${JSON.stringify(stored, null, 2)}\n`);
  return name;
}

/** Returns all stored results, oldest first. */
export function readResults(folder: string): { name: string; stored: StoredResult }[] {
  return readdirSync(folder)
    .filter((name) =>
      /^\d{4}-\d\d-\d\d-(claims|opening|memory|strategies|locks|reconcile|pages|limits|line|tracing)\.json$/.test(name),
    )
    .sort()
    .map((name) => ({ name, stored: JSON.parse(readFileSync(join(folder, name), 'utf8')) as StoredResult }));
}
