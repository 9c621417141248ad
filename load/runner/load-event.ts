export type LoadEvent = { id: string; round: number; stock: number; opensAtMs: number };
