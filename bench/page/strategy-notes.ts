import type { realStrategyNames } from '../../core/events/event.ts';

/** What the figures alone don't show about a strategy. It holds no measured numbers: those come from the raw results. */
export type StrategyNotes = {
  /** The phase of the original project. */
  phase: string;
  how: string;
  /** The engine's folder in `core/engines/`. */
  engine: 'rows' | 'stream' | 'units';
  /** The file in `docs/decisions/`. */
  record: string;
  painPoint: string;
  /** Where its time goes, where it breaks, when to choose it. */
  time: string;
  breaks: string;
  choose: string;
};

/** Every strategy but the control, in the order of the original project's phases. */
export const strategyNotes: Record<(typeof realStrategyNames)[number], StrategyNotes> = {
  'db-lock': {
    phase: 'phase 1, database lock',
    engine: 'rows',
    how: 'row lock, `SELECT ... FOR UPDATE`, in one transaction',
    record: '0011-mysql-locks.md',
    painPoint: 'one claim of an event at a time, each with its own COMMIT',
    time:
      'Claims queue for the row, and each holds it for its own statements and the fsync of its COMMIT. The API mostly ' +
      'waits, and MySQL works on one transaction at a time.',
    breaks:
      'When claims arrive faster than it can decide them: they wait in the process and then get "busy". A holder that ' +
      'dies costs nothing, because the lock ends with its connection. A holder that hangs in its transaction blocks the ' +
      'event until MySQL ends the transaction, which MariaDB does after 3 s.',
    choose:
      'When the crowd is smaller than its rate, or claims must go on without Redis: there is one store, nothing to keep in step, and ' +
      'every answer rests on a commit.',
  },
  'db-named-lock': {
    phase: 'phase 1, future work: named lock',
    engine: 'rows',
    how: '`GET_LOCK` on one connection, around the transaction',
    record: '0011-mysql-locks.md',
    painPoint: 'as with the row lock, plus two round trips while the others wait',
    time:
      'As with the row lock, but the lock is taken before BEGIN and released after the COMMIT was answered. So no two ' +
      'claims of an event share an fsync, and each costs two more statements.',
    breaks:
      'As with the row lock. The lock also belongs to one server: with a second server, or a proxy that spreads statements ' +
      'over connections, it no longer keeps claims apart (the unique keys still do).',
    choose: 'Only for comparison: the row lock does the same with fewer statements, and works with several servers.',
  },
  'redis-lock': {
    phase: 'phase 2, Redis lock',
    engine: 'rows',
    how: 'a lock in Redis with owner token and lease around the transaction; claims wait for a message',
    record: '0012-redis-locks.md',
    painPoint: 'one claim at a time, now with the round trips and the fsyncs of two stores',
    time:
      "The same transaction as with the row lock, with the lock's scripts before and after it, each with an fsync of " +
      'Redis. In each process only the first claim in line asks Redis, when a message says that the lock is free.',
    breaks:
      'When a holder dies or hangs: the event stands still until the lease ends, or longer if the holder hangs between its ' +
      'INSERT and its COMMIT. Without Redis nothing is decided, although MySQL alone could decide. The lease may end too ' +
      'soon; then only the unique keys keep claims exact.',
    choose:
      'For comparison, or if transactions in MySQL must not wait for each other. The row lock does the same with one store.',
  },
  'redis-spin-lock': {
    phase: 'phase 2, future work: spin lock',
    engine: 'rows',
    how: 'the same lock; claims poll it with growing random pauses',
    record: '0012-redis-locks.md',
    painPoint: 'waiting costs Redis commands and follows no order',
    time:
      'As with the lock above, plus the tries of all claims that wait. A new claim may find the lock free at once, but the ' +
      'lock lies idle while all of them pause.',
    breaks:
      'When many claims wait: their tries grow with their number (eight claims of an event try in each process, the others ' +
      'wait behind them). The claims that have tried longest pause longest, so newcomers win while others get "busy". ' +
      'Nobody is served in the order of arrival.',
    choose: 'When pub/sub is not available, and few claims ever wait at once.',
  },
  'redis-counter': {
    phase: 'phase 3, atomic counter',
    engine: 'units',
    how: 'a counter in Redis decides; MySQL stores winners before they are answered, and detects duplicates',
    record: '0013-counters.md',
    painPoint: 'winners wait for a commit; a second click costs MySQL an insert, and takes up a unit for that long',
    time:
      'A refusal is one script, with many refusals in a batch. A winner costs two scripts and a commit, and a process runs ' +
      'as many commits at once as it has connections.',
    breaks:
      'When winners come faster than MySQL commits: they wait in the process and then get "busy". So do users who would ' +
      'otherwise be refused, until every unit is settled. If a process was killed, the sweep first has to settle its units.',
    choose:
      "When a winner's answer must rest on MySQL, most callers lose, and users don't click twice. The strategy below does " +
      'the same without the last condition.',
  },
  'redis-counter-set': {
    phase: 'phase 4, counter and set',
    engine: 'units',
    how: 'a counter and a set in Redis decide, both before MySQL; MySQL stores winners before they are answered',
    record: '0013-counters.md',
    painPoint: 'winners wait for a commit',
    time: "As with the counter, but repeated clicks end in Redis as refusals do. MySQL has the winners' inserts and nothing else.",
    breaks: 'As with the counter, when winners come faster than MySQL commits. Without Redis nothing is decided.',
    choose:
      'When "issued" must mean "in MySQL" and most callers lose. That is the usual sale: a small stock and a large crowd.',
  },
  'redis-stream': {
    phase: 'beyond',
    engine: 'stream',
    how: 'one script decides a batch and writes the outbox; a worker moves it to MySQL',
    record: '0014-the-stream.md',
    painPoint: 'a claim reaches MySQL only moments later, and needs a worker to get there',
    time:
      'Mostly in the API itself: HTTP, the token, the answer. One script and one fsync serve a whole batch, and the ' +
      'worker inserts claims by the thousand.',
    breaks:
      "When MySQL is away for long, the outbox grows in Redis's memory. When Redis's disk is lost, claims that were not " +
      'in MySQL yet are lost too; the event stops and reports it.',
    choose: 'When many win in a short time, or MySQL may be away. It is the default.',
  },
};
