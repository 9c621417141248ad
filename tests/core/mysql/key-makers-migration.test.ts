import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mariadb';
import { expect, inject, it } from 'vitest';
import { parseDatabaseUrl } from '../../../core/mysql/database-url.ts';
import { migrate } from '../../../core/mysql/migrate.ts';
import { root } from '../../support/processes.ts';
import { createEmptyDatabase } from '../../support/test-database.ts';

const migration = '20261130090000_makers_and_limits';

it('the migration finds which API key made a change, even if two keys had the same name', async () => {
  await using database = await createEmptyDatabase();
  const { databaseUrl } = database;
  const before = mkdtempSync(join(inject('runDir'), 'migrations-'));
  cpSync(join(root, 'prisma', 'migrations'), before, { recursive: true });
  rmSync(join(before, migration), { recursive: true });
  await migrate({ databaseUrl, directory: before });
  const connection = await createConnection(parseDatabaseUrl(databaseUrl).connection);
  try {
    // The id, the name and the owner, then the times of creation, expiry and revocation, in minutes after 10:00.
    const keys: [string, string, string, number, number | null, number | null][] = [
      ['k1', 'ci', 'kim', 0, null, 10],
      ['k2', 'ci', 'lee', 10.1, 20, null],
      ['k3', 'ci', 'choi', 21, null, null],
      ['k4', 'made-1', 'key:ci', 5, null, null],
      ['k5', 'made-2', 'key:ci', 15, null, null],
      ['k6', 'made-3', 'key:ci', 25, null, null],
      ['k7', 'made-4', 'key:made-1', 26, null, null],
      ['k8', 'made-5', 'key:gone', 26, null, null],
    ];
    const at = (minutes: number | null) =>
      minutes === null ? null : new Date(Date.UTC(2026, 10, 28, 10) + minutes * 60_000);
    for (const [id, name, by, created, expires, revoked] of keys) {
      await connection.query(
        'INSERT INTO api_keys (id, name, secret_hash, role, created_by, created_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        [id, name, Buffer.alloc(32), 'operator', by, at(created), at(expires), at(revoked)],
      );
    }
    const entries: [string, number][] = [
      ['kim', 5],
      ['key:ci', 5],
      ['key:ci', 15],
      ['key:ci', 30],
      ['key:gone', 30],
    ];
    for (const [actor, minutes] of entries) {
      await connection.query("INSERT INTO audit_log (at, actor, door, action) VALUES (?, ?, 'api', 'event.update')", [
        at(minutes),
        actor,
      ]);
    }
    expect(await migrate({ databaseUrl })).toEqual([migration]);
    const makers = await connection.query<{ id: string; maker: string | null }[]>(
      'SELECT id, created_by_key AS maker FROM api_keys ORDER BY id',
    );
    expect(makers).toEqual(
      [null, null, null, 'k1', 'k2', 'k3', 'k4', null].map((maker, index) => ({ id: `k${index + 1}`, maker })),
    );
    const used = await connection.query<{ key_id: string | null }[]>('SELECT key_id FROM audit_log ORDER BY id');
    expect(used.map(({ key_id }) => key_id)).toEqual([null, 'k1', 'k2', 'k3', null]);
  } finally {
    await connection.end();
  }
});
