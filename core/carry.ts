import { z } from 'zod';

/** A change that was made in the gate alone, because MySQL was down; the sweep carries it to the row. */
export type CarriedChange = {
  action: 'pause' | 'close';
  actor: string;
  role: string | null;
  door: 'api' | 'cli' | 'worker';
  reason: string | null;
  requestId: string | null;
  atMs: number;
};

const schema = z.array(
  z.object({
    action: z.enum(['pause', 'close']),
    actor: z.string(),
    role: z.string().nullable(),
    door: z.enum(['api', 'cli', 'worker']),
    reason: z.string().nullable(),
    requestId: z.string().nullable(),
    atMs: z.number(),
  }),
);

/** Reads the gate's `carry` field. */
export const parseCarry = (carry: string): CarriedChange[] => (carry === '' ? [] : schema.parse(JSON.parse(carry)));

/** Adds a change to the gate's `carry` field. */
export const addToCarry = (carry: string, change: CarriedChange): string =>
  JSON.stringify([...parseCarry(carry), change]);
