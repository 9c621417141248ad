import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { openTestDb, putEvent } from '../mysql/fixtures.ts';

const root = join(import.meta.dirname, '../../..');

/**
 * A process that stores a claim with the code of another claim, and logs MySQL's refusal in every way that our
 * processes log errors.
 */
const clash = `
  import { createLog } from './core/runtime/log.ts';
  import { openSessions } from './core/mysql/sessions.ts';
  const log = createLog('worker', 'info');
  const sessions = openSessions(process.env.DATABASE_URL, { connectionsMax: 1, waitMs: 20000, commandTimeoutMs: 20000 });
  const insert =
    'INSERT INTO claims (event_id, round, serial, user_id, code, claimed_at, persisted_at) VALUES (?, 1, ?, ?, ?, NOW(3), NOW(3))';
  const store = (serial, user) => sessions.use((s) => s.run(insert, ['e', serial, user, process.env.CODE]));
  await store(1, 'kim');
  await store(2, 'lee').catch((err) => {
    log.error({ event: 'unit_failed', err }, 'refused');
    log.error({ event: 'unit_failed', err: new Error('outer', { cause: err }) }, 'refused');
    log.error({ event: 'call_failed', cause: { name: err.name, message: err.message } }, 'refused');
  });
  await sessions.close();
`;

it('a MySQL error that quotes a code is logged with the code masked', async () => {
  await using test = await openTestDb();
  await putEvent(test.db, 'e');
  const code = 'W45C-J29D-N8GV-9WM9';
  const env = { PATH: process.env['PATH'], DATABASE_URL: test.databaseUrl, CODE: code };
  const args = ['--input-type=module-typescript', '-e', clash];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(3);
  for (const line of lines) {
    expect(line).toContain(`Duplicate entry 'W45C-****-****-****'`);
    expect(line).not.toContain(code);
  }
});
