/** A common form for two descriptions of a table, so that they can be compared. */
export type TableShape = {
  columns: Record<string, ColumnShape>;
  /** The indexes by name. The primary key has the name PRIMARY. */
  indexes: Record<string, { unique: boolean; columns: string[] }>;
  foreignKeys: Record<string, { columns: string[]; references: string; onDelete: string; onUpdate: string }>;
};

export type ColumnShape = {
  type: string;
  nullable: boolean;
  default: string | null;
  autoIncrement: boolean;
  /** Null if the column is not text. */
  collation: string | null;
};

export type DatabaseShape = Record<string, TableShape>;
