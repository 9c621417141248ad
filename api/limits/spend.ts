import type { IncomingMessage } from 'node:http';

/** Uses up one of the calls that a request may make. Throws `OverLimit` if none is left. */
export type Spend = (path: string) => void;

const spends = new WeakMap<IncomingMessage, Spend>();

/** Stores the `Spend` of a request that no fast lane handles. */
export const setSpend = (req: IncomingMessage, spend: Spend): void => void spends.set(req, spend);

/** Returns the function that uses up a request's calls; undefined if no limit applies to the request. */
export const spendOf = (req: IncomingMessage): Spend | undefined => spends.get(req);
