import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../support/processes.ts';
import { reservedWords } from './reserved-words.ts';

/** The names that follow AS. Types, as in `AS UNSIGNED`, are in capitals, so they don't match. */
const namesIn = (sql: string): string[] => [...sql.matchAll(/\bAS ([a-z_]\w*)/g)].map(([, name = '']) => name);
const reservedIn = (sql: string): string[] => namesIn(sql).filter((name) => reservedWords.has(name.toLowerCase()));

describe('SQL that runs on both MySQL and MariaDB', () => {
  it('uses no MySQL reserved word as a name', () => {
    const files = globSync('{core,api,worker,proof,bench,scripts,prisma}/**/*.{ts,sql}', {
      cwd: root,
      exclude: (path) => path.endsWith('node_modules'),
    });
    const found = files.map((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return { file, names: namesIn(text).length, reserved: reservedIn(text) };
    });
    expect(found.reduce((sum, { names }) => sum + names, 0)).toBeGreaterThan(30);
    expect(
      found.filter(({ reserved }) => reserved.length > 0).map(({ file, reserved }) => ({ file, reserved })),
    ).toEqual([]);
  });

  it('is rejected if it names a column `stored`, which only MariaDB accepts', () => {
    expect(reservedIn('SELECT c.serial IS NOT NULL AS stored, CAST(c.round AS UNSIGNED) AS round')).toEqual(['stored']);
  });
});
