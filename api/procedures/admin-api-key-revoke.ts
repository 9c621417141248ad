import { z } from 'zod';
import * as keyField from '../../core/access/fields.ts';
import * as field from '../../core/events/fields.ts';
import { revokedApiKeyOutput, showRevokedApiKey } from '../../core/wire/api-key-wire.ts';
import { adminProcedure } from '../base.ts';

const input = z
  .strictObject({
    id: keyField.keyId,
    cascade: z.boolean().optional(),
    requestId: field.requestId.optional(),
    reason: field.reason.optional(),
  })
  .transform(({ reason: _reason, cascade, ...rest }) => (cascade === true ? { ...rest, cascade } : rest));

/**
 * Revokes an API key; all processes refuse it within seconds. With `cascade`, also revokes the keys that it created,
 * the keys that those created, and so on. Revoking a key twice changes nothing.
 */
export const adminApiKeyRevoke = adminProcedure
  .input(input)
  .output(revokedApiKeyOutput)
  .mutation(async ({ ctx, input: wanted }) => showRevokedApiKey(await ctx.admin.revokeApiKey(wanted, ctx.actor)));
