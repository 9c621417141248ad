/** The properties in which two descriptions of a table must agree. Both descriptions are converted to this form. */
export type TableShape = {
  columns: Record<string, ColumnShape>;
  /** By name; the primary key is PRIMARY. */
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
