import { defineConfig } from 'prisma/config';

/** Prisma's own commands use this configuration. `generate` needs no database; `migrate` reads DATABASE_URL. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
});
