import type { IncomingMessage } from 'node:http';

/** Uses up one of the calls that a request may make. Throws `OverLimit` if none is left. */
export type Spend = (path: string) => void;

const spends = new WeakMap<IncomingMessage, Spend>();

/** Remembers what a request of the stock lane may still do. */
export const setSpend = (req: IncomingMessage, spend: Spend): void => void spends.set(req, spend);

/** Uses up one of a request's calls; undefined if nothing limits it. */
export const spendOf = (req: IncomingMessage): Spend | undefined => spends.get(req);
