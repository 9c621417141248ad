import type { realStrategyNames } from '../../core/events/event.ts';

/** The page's texts about a strategy. The texts contain no measured numbers; those come from the raw results. */
export type StrategyNotes = {
  /** The phase of the original project that used this strategy. */
  phase: string;
  how: string;
  /** The engine's folder in `core/engines/`. */
  engine: 'rows' | 'stream' | 'units';
  /** The name of a file in `docs/decisions/`. */
  record: string;
  painPoint: string;
  /** Where the strategy spends its time, where it breaks, and when to choose it. */
  time: string;
  breaks: string;
  choose: string;
};

/** Every strategy except the control, in the order of the original project's phases. */
export const strategyNotes: Record<(typeof realStrategyNames)[number], StrategyNotes> = {
  'db-lock': {
    phase: 'phase 1, database lock',
    engine: 'rows',
    how: 'row lock, `SELECT ... FOR UPDATE`, in one transaction',
    record: '0011-mysql-locks.md',
    painPoint: 'decides one claim of an event at a time, each with its own COMMIT',
    time:
      'Claims wait for the row lock, and each holds it for its statements and the fsync of its COMMIT. The API mostly ' +
      'waits, and MySQL works on one transaction of the event at a time.',
    breaks:
      'If claims arrive faster than the strategy can decide them, they wait in the process and then get "busy". If the ' +
      'holder of the lock dies, nothing is lost, because the lock ends with its connection. If it hangs in its ' +
      'transaction, the event is blocked until MySQL ends the transaction, which MariaDB does after 3 s.',
    choose:
      'If the crowd asks more slowly than the strategy can decide, or if claims must go on without Redis. There is only ' +
      'one store, so there are no two stores to keep consistent, and every answer rests on a commit.',
  },
  'db-named-lock': {
    phase: 'phase 1, future work: named lock',
    engine: 'rows',
    how: '`GET_LOCK` on one connection, around the transaction',
    record: '0011-mysql-locks.md',
    painPoint: 'as with the row lock, plus two round trips during which all other claims wait',
    time:
      'As with the row lock, but the lock is taken before BEGIN and released after MySQL has answered the COMMIT. So no two ' +
      'claims of an event can share an fsync, and each claim costs two more statements.',
    breaks:
      'As with the row lock. Also, the lock exists only on one server and connection: with a second server, or a proxy ' +
      'that spreads statements over connections, two claims can hold the lock at once. Then only the unique keys prevent duplicate claims.',
    choose: 'Only for comparison: the row lock does the same with fewer statements, and without these limits.',
  },
  'redis-lock': {
    phase: 'phase 2, Redis lock',
    engine: 'rows',
    how: 'a lock in Redis, with owner token and lease, around the transaction; a message wakes waiting claims',
    record: '0012-redis-locks.md',
    painPoint: 'decides one claim at a time, with the round trips and fsyncs of two stores',
    time:
      "The same transaction as with the row lock, with the lock's scripts before and after it, each with an fsync of " +
      'Redis. In each process only the first claim in line asks Redis, when a message says that the lock is free.',
    breaks:
      'If a holder dies or hangs, the event stands still until the lease ends, or longer if the holder hangs between its ' +
      'INSERT and its COMMIT. While Redis is down nothing is decided, although MySQL alone could decide. If a lease ends ' +
      'too soon, only the unique keys prevent duplicate claims.',
    choose:
      'For comparison, or if transactions in MySQL must not wait for each other. Otherwise the row lock does the same with ' +
      'only one store.',
  },
  'redis-spin-lock': {
    phase: 'phase 2, future work: spin lock',
    engine: 'rows',
    how: 'the same lock in Redis; waiting claims poll it with growing random pauses',
    record: '0012-redis-locks.md',
    painPoint: 'waiting costs Redis commands, and claims are not served in the order of arrival',
    time:
      'As with the Redis lock, plus the tries of all claims that wait. A new claim may find the lock free at once, but ' +
      'while all waiting claims pause, nobody uses the lock.',
    breaks:
      'The more claims wait, the more tries Redis gets, although in each process only eight claims of an event try and the ' +
      'others wait behind them. The claims that have tried longest pause longest, so newcomers win while earlier claims ' +
      'get "busy". Nobody is served in the order of arrival.',
    choose: 'When pub/sub is not available, and few claims ever wait at once.',
  },
  'redis-counter': {
    phase: 'phase 3, atomic counter',
    engine: 'units',
    how: 'a counter in Redis decides; MySQL stores winners before they are answered, and detects duplicates',
    record: '0013-counters.md',
    painPoint:
      'winners wait for a commit; a second click costs MySQL an insert, and takes up a unit until MySQL has refused that insert',
    time:
      'One script call answers a whole batch of refusals. A winner costs two script calls and a commit, and a process runs ' +
      'as many commits at once as it has connections.',
    breaks:
      'When winners come faster than MySQL commits, they wait in the process and then get "busy". Users who will lose wait ' +
      'as well, until every unit is settled. If a process was killed, the sweep first has to settle its units.',
    choose:
      "When a winner's answer must rest on MySQL, most callers lose, and users don't click twice. If they may click twice, " +
      'choose `redis-counter-set`.',
  },
  'redis-counter-set': {
    phase: 'phase 4, counter and set',
    engine: 'units',
    how: 'a counter and a set in Redis decide and detect duplicates; MySQL stores winners before they are answered',
    record: '0013-counters.md',
    painPoint: 'winners wait for a commit',
    time:
      'As with the counter, but Redis answers repeated clicks too, as it answers refusals. MySQL gets the inserts of the ' +
      'winners and nothing else.',
    breaks: 'As with the counter, when winners come faster than MySQL commits. While Redis is down nothing is decided.',
    choose:
      'When "issued" must mean "in MySQL" and most callers lose. That is the usual sale: a small stock and a large crowd.',
  },
  'redis-stream': {
    phase: 'beyond',
    engine: 'stream',
    how: 'one script decides a batch and writes an outbox; a worker moves the claims to MySQL',
    record: '0014-the-stream.md',
    painPoint: 'a claim reaches MySQL only moments later, and needs a worker to get there',
    time:
      'Mostly in the API itself: HTTP, the token, the answer. One script and one fsync serve a whole batch, and the ' +
      'worker inserts claims by the thousand.',
    breaks:
      "If MySQL is down for long, the outbox grows in Redis's memory. If Redis's disk is lost, claims that were not in MySQL " +
      'yet are lost too; the event stops and reports this.',
    choose: 'When many users win in a short time, or MySQL may be down. This strategy is the default.',
  },
};
