/** One connection of MySQL that is nobody else's until the work with it ends. */
export type Session = {
  /** Rows of a query. Values are bound, never put into the text. */
  rows<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs a statement; resolves to the number of rows that it changed. */
  run(sql: string, values?: readonly unknown[]): Promise<number>;
  /** Runs `work` between BEGIN and COMMIT, and rolls back when it throws. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
};
