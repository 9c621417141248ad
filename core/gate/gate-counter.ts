import type { Gate } from './gate.ts';

/** `issued` is the highest serial that a gate ever gave, or its highest number if it gives units. */
export type GateCounter = { issued: number; stock: number };

/** The fields of a gate's hash, in the order in which `parseGateCounter` takes them. */
export const counterFields = ['issued', 'stock', 'given'] as const;

/** Parses these fields; null if there is no gate. */
export function parseGateCounter([issued, stock, given]: readonly unknown[]): GateCounter | null {
  const highest = typeof given === 'string' && given !== '' ? given : issued;
  return typeof highest === 'string' ? { issued: Number(highest), stock: Number(stock) } : null;
}

/** The highest serial that a gate ever gave, or its highest number if it gives units. */
export const highestGiven = ({ issued, given }: Pick<Gate, 'issued' | 'given'>): number => given ?? issued;
