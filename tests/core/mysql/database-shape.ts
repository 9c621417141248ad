import type { Connection } from 'mariadb';
import type { DatabaseShape, TableShape } from './table-shape.ts';

/** Reads the tables of the connection's database, except Prisma's own table. */
export async function readDatabaseShape(connection: Connection): Promise<DatabaseShape> {
  const shape: DatabaseShape = {};
  const table = (name: string): TableShape => (shape[name] ??= { columns: {}, indexes: {}, foreignKeys: {} });
  const rows = <Row>(sql: string) => connection.query<Row[]>(sql);

  const columns = await rows<
    Record<'t' | 'c' | 'type' | 'nullable' | 'extra', string> & { def: string | null; coll: string | null }
  >(`
    SELECT table_name t, column_name c, column_type type, is_nullable nullable, column_default def, extra, collation_name coll
    FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name <> '_prisma_migrations'`);
  for (const { t, c, type, nullable, def, extra, coll } of columns) {
    const plain = plainType(type);
    table(t).columns[c] = {
      type: plain,
      nullable: nullable === 'YES',
      default: def === 'NULL' ? null : def,
      autoIncrement: extra.includes('auto_increment'),
      collation: plain === 'json' ? null : coll,
    };
  }

  const indexes = await rows<{ t: string; i: string; nonUnique: number | bigint; c: string }>(`
    SELECT table_name t, index_name i, non_unique nonUnique, column_name c FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name <> '_prisma_migrations' ORDER BY table_name, index_name, seq_in_index`);
  for (const { t, i, nonUnique, c } of indexes) {
    (table(t).indexes[i] ??= { unique: Number(nonUnique) === 0, columns: [] }).columns.push(c);
  }

  const foreignKeys = await rows<Record<'t' | 'k' | 'cs' | 'rt' | 'rcs' | 'onDelete' | 'onUpdate', string>>(`
    SELECT u.table_name t, u.constraint_name k, GROUP_CONCAT(u.column_name ORDER BY u.ordinal_position) cs,
      MAX(u.referenced_table_name) rt, GROUP_CONCAT(u.referenced_column_name ORDER BY u.ordinal_position) rcs,
      MAX(r.delete_rule) onDelete, MAX(r.update_rule) onUpdate
    FROM information_schema.key_column_usage u JOIN information_schema.referential_constraints r
      ON r.constraint_schema = u.constraint_schema AND r.constraint_name = u.constraint_name
    WHERE u.table_schema = DATABASE() AND u.referenced_table_name IS NOT NULL GROUP BY u.table_name, u.constraint_name`);
  for (const { t, k, cs, rt, rcs, onDelete, onUpdate } of foreignKeys) {
    const references = `${rt}(${rcs.replaceAll(',', ', ')})`;
    table(t).foreignKeys[k] = { columns: cs.split(','), references, onDelete, onUpdate };
  }
  return shape;
}

/**
 * MariaDB adds meaningless display widths, and stores JSON as longtext with a check. Our schema has no other longtext.
 */
function plainType(type: string): string {
  return type === 'longtext' ? 'json' : type.replace(/^(int|bigint)\(\d+\)/, '$1');
}
