import type { LineOrder } from '../../events/event-fields.ts';
import type { Pace } from './line-pace.ts';

/** How a user stands in an event's line. */
export type Place =
  | { status: 'waiting'; place: number }
  | { status: 'admitted' | 'lapsed'; passEndsAtMs: number }
  /** Joined a line that will be shuffled when the event opens. */
  | { status: 'shuffling' }
  | { status: 'has_coupon' | 'out' | 'off' }
  /** Why a user who asked to join could not. */
  | { status: 'not_open' | 'full' | 'sold_out' | 'closing' | 'closed' };

/**
 * What a line does now:
 * - `gathering`: people join; nobody is called before the event opens.
 * - `held`: the speed is 0.
 * - `closing`: the line was turned off while people were in it. It takes nobody new.
 */
export const linePhases = [
  ...(['off', 'not_open', 'gathering', 'moving', 'held', 'paused', 'sold_out', 'closing', 'closed'] as const),
] as const;
export type LinePhase = (typeof linePhases)[number];

/** A line at one moment. Times are by Redis's clock. */
export type LineState = {
  round: number;
  /** A line that is closing keeps its order. */
  order: LineOrder;
  phase: LinePhase;
  /** The highest place that was called. */
  serving: number;
  /** How many people wait. */
  waiting: number;
  waitingMax: number;
  /** How many coupons are left; null if the event has no line. */
  remaining: number | null;
  pace: Pace | null;
  opensAtMs: number;
  /** When people can join; null if the event sets no time. */
  lineOpensAtMs: number | null;
  /** The seed of a shuffled line, in hex. It must stay secret until `sealedAtMs` is set. */
  seed: string | null;
  sealedAtMs: number | null;
  /** How many people are called a second at most; null if only the stock limits that. */
  perSecond: number | null;
  /** How many passes may be in use, in percent of the coupons left. */
  percent: number;
  joined: number;
  left: number;
  /** How many passes were given, how many became a claim, and how many are in use. The others lapsed or were left. */
  called: number;
  used: number;
  inUse: number;
  nowMs: number;
};
