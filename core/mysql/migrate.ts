/**
 * Brings the database up to the migrations of this version; creates it if it is missing and that is permitted.
 * Resolves to the names of those it applied. Safe to run by many processes at once.
 */
export function migrate(_options: { databaseUrl: string; log?: (line: string) => void }): Promise<string[]> {
  return Promise.reject(new Error('not built yet'));
}
