import type { realStrategyNames } from '../../core/events/event.ts';

/** What the figures alone don't say of a strategy. No measured number stands here: those come from the raw results. */
export type StrategyNotes = {
  /** Of the original project. */
  phase: string;
  how: string;
  /** The folder of its engine, below `core/engines/`. */
  engine: 'rows' | 'stream' | 'units';
  /** Below `docs/decisions/`. */
  record: string;
  painPoint: string;
  /** Where its time goes, where it breaks, when to choose it. */
  time: string;
  breaks: string;
  choose: string;
};

/** All but the control, in the order of the original's phases. */
export const strategyNotes: Record<(typeof realStrategyNames)[number], StrategyNotes> = {
  'db-lock': {
    phase: 'phase 1, database lock',
    engine: 'rows',
    how: 'row lock, `SELECT ... FOR UPDATE`, in one transaction',
    record: '0011-mysql-locks.md',
    painPoint: 'one claim of an event at a time, each with a COMMIT of its own',
    time:
      'Claims stand in line for the row, and each keeps it for its own statements and the fsync of its COMMIT. The API ' +
      'mostly waits, MySQL works on one transaction at a time.',
    breaks:
      'When more claims come than it can decide in a second: they wait in the process, and then are told "busy". A holder ' +
      'that dies costs nothing, because its connection takes the lock along; one that hangs in its transaction keeps the ' +
      'event from everybody until MySQL ends it, which MariaDB does after 3 s.',
    choose:
      'When the crowd is smaller than its rate, or there is to be no Redis: one store, nothing to keep in step, and the ' +
      'answer stands on a commit.',
  },
  'db-named-lock': {
    phase: 'phase 1, future work: named lock',
    engine: 'rows',
    how: '`GET_LOCK` on one connection, around the transaction',
    record: '0011-mysql-locks.md',
    painPoint: 'as with the row lock, and two round trips more while the others wait',
    time:
      'As with the row lock, but the lock is taken before BEGIN and released after the COMMIT was answered, so that no ' +
      'two claims of an event share an fsync, and each pays two more statements.',
    breaks:
      "As with the row lock. Besides, the lock is one server's: a second server, or a proxy that spreads " +
      'statements over connections, and it keeps nobody apart (the unique keys still do).',
    choose: 'To compare: the row lock does the same with fewer statements, and bears several servers.',
  },
  'redis-lock': {
    phase: 'phase 2, Redis lock',
    engine: 'rows',
    how: 'lock in Redis with owner token and lease, waiting for a message, around the transaction',
    record: '0012-redis-locks.md',
    painPoint: 'one claim at a time, now with the round trips and the fsyncs of two stores',
    time:
      "The same transaction as with the row lock, with the lock's scripts before and after it, each with an fsync of " +
      'Redis. In each process only the first in line asks Redis, when it is told that the lock is free.',
    breaks:
      'When a holder dies or hangs, the event stands still until its lease ends, or longer, if it hangs between its INSERT ' +
      'and its COMMIT. Without Redis nothing is decided, although MySQL has all that it takes. The lease may end too soon: ' +
      'then the unique keys are what keeps claims exact.',
    choose:
      'To compare, or where MySQL must not see transactions that wait for each other. The row lock does the same with ' +
      'one store.',
  },
  'redis-spin-lock': {
    phase: 'phase 2, future work: spin lock',
    engine: 'rows',
    how: 'the same lock, waiting by polling with growing random pauses',
    record: '0012-redis-locks.md',
    painPoint: 'waiting costs Redis commands, and is in no order',
    time:
      'As with the lock above, and in the tries of all who wait. A newcomer may find the lock free at once; it lies idle ' +
      'while all of them pause.',
    breaks:
      'When many wait: their tries grow with their number (eight claims of an event in each process try, the others wait ' +
      'behind them), and who has tried longest pauses longest, so that newcomers win while others are told "busy". ' +
      'Nobody is served in the order of arrival.',
    choose: 'When pub/sub is not to be had, and few ever wait at once.',
  },
  'redis-counter': {
    phase: 'phase 3, atomic counter',
    engine: 'units',
    how: 'a counter in Redis decides; winners are written before they are answered, duplicates are found by MySQL',
    record: '0013-counters.md',
    painPoint: 'winners are as slow as a commit; a second click costs MySQL an insert, and a unit for that long',
    time:
      'Refusals are one script, with many in a batch. A winner costs two scripts and a commit, of which as many go on at ' +
      'once as a process has connections.',
    breaks:
      'When winners come faster than MySQL commits: they wait in the process, and when the wait ends they are told "busy". ' +
      'So are those who would be refused, until every unit is settled: after a process was killed, until the sweep has ' +
      'seen to its units.',
    choose:
      "When a winner's answer must stand on MySQL, most callers lose, and users don't click twice. The one below does " +
      'the same without the last condition.',
  },
  'redis-counter-set': {
    phase: 'phase 4, counter and set',
    engine: 'units',
    how: 'counter and set in Redis decide, both before MySQL; winners are written before they are answered',
    record: '0013-counters.md',
    painPoint: 'winners are as slow as a commit',
    time:
      "As with the counter, but repeated clicks end in Redis as refusals do: MySQL has the winners' inserts and nothing " +
      'else.',
    breaks: 'As with the counter, when winners come faster than MySQL commits. Without Redis nothing is decided.',
    choose:
      'When "issued" must mean "in MySQL" and most callers lose: a sale with a small stock and a great crowd, which is ' +
      'the usual one.',
  },
  'redis-stream': {
    phase: 'beyond',
    engine: 'stream',
    how: 'one script decides a batch and writes the outbox; a worker moves it to MySQL',
    record: '0014-the-stream.md',
    painPoint: 'a claim is in MySQL only moments later, and it takes a worker',
    time:
      'Mostly in the API itself: HTTP, the token, the answer. One script and one fsync serve a whole batch, and the ' +
      'worker inserts claims by the thousand.',
    breaks:
      "When MySQL is away for long, the outbox grows in Redis's memory. When Redis's disk is lost, claims that were not " +
      'in MySQL yet are lost, too: the event stops and says so.',
    choose: 'Whenever many win in a short time, or MySQL may be away: the default.',
  },
};
