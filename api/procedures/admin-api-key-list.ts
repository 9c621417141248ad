import { z } from 'zod';
import { apiKeyOutput, showApiKey } from '../../core/wire/api-key-wire.ts';
import { adminProcedure } from '../base.ts';

/**
 * Lists all API keys that are not revoked, then the last 100 revoked keys; never includes the secret keys themselves.
 */
export const adminApiKeyList = adminProcedure
  .input(z.strictObject({}).optional())
  .output(z.array(apiKeyOutput))
  .query(async ({ ctx }) => (await ctx.admin.listApiKeys()).map(showApiKey));
