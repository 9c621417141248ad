/** An event that users are sent to. */
export type LoadEvent = { id: string; round: number; stock: number; opensAtMs: number };
