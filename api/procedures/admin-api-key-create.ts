import { z } from 'zod';
import * as keyField from '../../core/access/fields.ts';
import * as field from '../../core/events/fields.ts';
import { issueOf } from '../../core/messages/zod-issues.ts';
import { readTime } from '../../core/runtime/local-time.ts';
import { createdApiKeyOutput, showApiKey } from '../../core/wire/api-key-wire.ts';
import { adminProcedure } from '../base.ts';

const input = z
  .strictObject({
    name: keyField.keyName,
    role: keyField.role,
    ttlSeconds: keyField.ttlSeconds.optional(),
    expiresAt: field.time.nullish(),
    requestId: field.requestId.optional(),
    reason: field.reason.optional(),
  })
  .transform(({ expiresAt, reason: _reason, ...rest }, context) => {
    if (typeof expiresAt !== 'string') return { ...rest, expiresAtMs: expiresAt };
    const expiry = readTime(expiresAt, undefined);
    if (expiry.ok) return { ...rest, expiresAtMs: expiry.ms };
    context.addIssue(issueOf(['expiresAt'], expiry.problem));
    return z.NEVER;
  });

/**
 * Creates an API key and shows it once. With `expiresAt: null`, the key never expires; without `expiresAt` and
 * `ttlSeconds`, it expires after 90 days. Repeating a `requestId` is a conflict.
 */
export const adminApiKeyCreate = adminProcedure
  .input(input)
  .output(createdApiKeyOutput)
  .mutation(async ({ ctx, input: wanted }) => {
    const created = await ctx.admin.createApiKey(wanted, ctx.actor);
    return { ...showApiKey(created), key: created.key };
  });
