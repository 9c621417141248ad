/**
 * What a gate's history proves about its serials. `histories` lists the ids under which the gate decided before, each
 * with the counter at the end of that time, oldest first: `seed:1788224400000 0 <id> 120 <id> 340`. The first entry
 * of a gate that was rebuilt is `rebuilt`, followed by the counter that it began with.
 */
export type GateHistory = { issued: number; runId: string; histories?: string | undefined };

/** The first entry of `histories` in a gate that was rebuilt. */
export const rebuiltMark = 'rebuilt';

/**
 * The serial up to which the gate has everything that was promised under the id `under`. Promises above this serial
 * belong to a different history: the gate has given those serials to other users, or to nobody. Infinity if the gate
 * was rebuilt after those promises, because an operator has decided what becomes of them. An earlier version does not
 * record under which id it promised (''), nor which ids its gates had; in that case only the number counts.
 */
export function provenTo({ issued, runId, histories = '' }: GateHistory, under: string): number {
  if (under === '' || under === runId || histories === '') return issued;
  const entries = [...histories.matchAll(/(\S+) (\d+)/g)].map(([, id = '', to]) => ({ id, to: Number(to) }));
  const ended = entries.findLast(({ id }) => id === under);
  if (ended !== undefined) return ended.to;
  const [first] = entries;
  if (first === undefined) return issued;
  // The gate has never decided under this id, so it shares with that history at most the serials that it began with.
  return first.id === rebuiltMark ? Infinity : first.to;
}

export const wasRebuilt = ({ histories = '' }: Pick<GateHistory, 'histories'>): boolean =>
  histories.startsWith(`${rebuiltMark} `);
