import { within } from '../runtime/within.ts';

/** How long a probe of `/readyz` may take, so that all of them together answer well within 2 s. */
const readyzLimitMs = 1_000;

export type Probed = { ok: boolean; detail: string };

/** Runs a probe. A probe that throws, or does not answer in time, is not ok. Never throws itself. */
export async function probe(ask: () => Promise<string>, limitMs = readyzLimitMs): Promise<Probed> {
  const late = (): never => {
    throw new Error(`no answer within ${limitMs} ms`);
  };
  try {
    return { ok: true, detail: await within(limitMs, ask(), late) };
  } catch (err) {
    return { ok: false, detail: err instanceof Error ? err.message : String(err) };
  }
}
