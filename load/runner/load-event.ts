/** An event to which a run sends users. */
export type LoadEvent = { id: string; round: number; stock: number; opensAtMs: number };
