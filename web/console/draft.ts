import type { AdminEvent, Inputs } from './session.ts';
import { instantsOf, localIn } from './zoned-time.ts';

export type Strategy = NonNullable<Inputs['admin']['event']['create']['strategy']>;

export const strategies = [
  ...['redis-stream', 'redis-counter', 'redis-counter-set', 'redis-lock', 'redis-spin-lock'],
  ...['db-lock', 'db-named-lock'],
] as readonly Strategy[];

/** An event as a form holds it: texts as they are typed. Times are local in `timeZone`, or have an offset behind them. */
export type Draft = {
  name: string;
  description: string;
  amount: string;
  currency: string;
  stock: string;
  opensAt: string;
  closesAt: string;
  timeZone: string;
  strategy: Strategy;
  listed: boolean;
};

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export const emptyDraft = (): Draft => ({
  ...{ name: '', description: '', amount: '', currency: 'KRW', stock: '', opensAt: '', closesAt: '' },
  ...{ timeZone: ownZone(), strategy: 'redis-stream', listed: true },
});

export function draftOf(event: AdminEvent): Draft {
  const timeZone = event.timeZone ?? ownZone();
  const local = (at: string | null): string => (at === null ? '' : localIn(Date.parse(at), timeZone));
  return {
    ...{ name: event.name, description: event.description, currency: event.currency },
    ...{ amount: String(event.amount), stock: String(event.stock) },
    ...{ opensAt: local(event.opensAt), closesAt: local(event.closesAt), timeZone },
    ...{ strategy: event.strategy, listed: event.listed },
  };
}

export const changedFields = (from: Draft, to: Draft): (keyof Draft)[] =>
  (Object.keys(to) as (keyof Draft)[]).filter((field) => from[field] !== to[field]);

/** A whole number, or what the server then refuses with words. */
const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

export function createInput(draft: Draft): Inputs['admin']['event']['create'] {
  const { closesAt, amount, stock, ...rest } = draft;
  return { ...rest, amount: numberOf(amount), stock: numberOf(stock), closesAt: closesAt === '' ? null : closesAt };
}

/** Only what was changed; a time goes with its zone. */
export function updateInput(from: Draft, to: Draft): Omit<Inputs['admin']['event']['update'], 'eventId'> {
  const changed = changedFields(from, to);
  const all = createInput(to);
  const picked = new Set<string>(changed);
  if (picked.has('timeZone') || picked.has('opensAt') || picked.has('closesAt')) {
    ['timeZone', 'opensAt', 'closesAt'].forEach((field) => picked.add(field));
  }
  return Object.fromEntries(Object.entries(all).filter(([field]) => picked.has(field)));
}

/** The moment that a time of a draft means, if it means one. */
export function instantOf(text: string, timeZone: string): number | 'skipped' | 'twice' | null {
  if (text === '') return null;
  if (/(Z|[+-]\d\d:?\d\d)$/i.test(text)) {
    const ms = Date.parse(text.replace(' ', 'T'));
    return Number.isNaN(ms) ? null : ms;
  }
  const instants = instantsOf(text.replace(' ', 'T'), timeZone);
  if (instants === null) return null;
  return instants.length === 0 ? 'skipped' : instants.length > 1 ? 'twice' : (instants[0] ?? null);
}

export type Warning = 'opensSoon' | 'opensPast' | 'closesSoon' | 'amountFar' | 'stockMemory' | 'approval';

type Circumstances = {
  nowMs: number;
  /** Amounts of other events in the same currency. */
  usual: readonly number[];
  memoryIsShort: boolean;
  needsApproval: boolean;
};

/** What somebody may not have meant. None keeps a form from being sent. */
export function warningsOf(draft: Draft, { nowMs, usual, memoryIsShort, needsApproval }: Circumstances): Warning[] {
  const opens = instantOf(draft.opensAt, draft.timeZone);
  const closes = instantOf(draft.closesAt, draft.timeZone);
  const median = usual.toSorted((a, b) => a - b)[Math.floor(usual.length / 2)];
  const found: [Warning, boolean][] = [
    ['opensPast', typeof opens === 'number' && opens < nowMs],
    ['opensSoon', typeof opens === 'number' && opens >= nowMs && opens < nowMs + 60_000],
    ['closesSoon', typeof opens === 'number' && typeof closes === 'number' && closes < opens + 60_000],
    ['amountFar', median !== undefined && numberOf(draft.amount) > 5 * median],
    ['stockMemory', memoryIsShort],
    ['approval', needsApproval],
  ];
  return found.flatMap(([warning, holds]) => (holds ? [warning] : []));
}
