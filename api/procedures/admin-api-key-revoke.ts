import { z } from 'zod';
import { apiKeyOutput, showApiKey } from '../../core/wire/api-key-wire.ts';
import { adminProcedure } from '../base.ts';
import * as field from '../fields.ts';

const input = z
  .strictObject({ id: field.keyId, requestId: field.requestId.optional(), reason: field.reason.optional() })
  .transform(({ reason: _reason, ...rest }) => rest);

/** Refuses an API key from now on, within seconds in all processes. Revoking twice changes nothing. */
export const adminApiKeyRevoke = adminProcedure
  .input(input)
  .output(apiKeyOutput)
  .mutation(async ({ ctx, input: wanted }) => showApiKey(await ctx.admin.revokeApiKey(wanted, ctx.actor)));
