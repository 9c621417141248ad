import type { Db } from '../../core/mysql/open-db.ts';
import { tester } from './lab.ts';
import { runAsText } from './run-as-text.ts';

/**
 * Makes every change by the tester fail midway in MySQL: after the change has updated the gate, and before it commits.
 */
export async function withoutCommits(db: Db, work: () => Promise<void>): Promise<void> {
  // Error 1053 says that MySQL is shutting down.
  await runAsText(
    db,
    `CREATE TRIGGER lose_mysql BEFORE INSERT ON audit_log FOR EACH ROW
    IF NEW.actor = '${tester.name}' THEN
      SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1053, MESSAGE_TEXT = 'Server shutdown in progress';
    END IF`,
  );
  try {
    await work();
  } finally {
    await runAsText(db, 'DROP TRIGGER lose_mysql');
  }
}
