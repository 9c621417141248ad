import { roles } from '../../core/access/actor.ts';
import type { CreateApiKeyInput } from '../../core/admin/api-key-admin.ts';
import { showApiKey } from '../../core/wire/api-key-wire.ts';
import { requestArgs, whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { formatInstant } from '../format-time.ts';
import { parseDuration } from '../parse-duration.ts';
import { parseInstant } from '../parse-instant.ts';

export const apiKeyCreate = defineCommand({
  name: 'api-key create',
  summary: 'Create an API key for a machine.',
  details:
    'Only the key goes to stdout, and it is shown only once. Anyone who has it can do what its role allows, so treat it ' +
    "like a password. The audit trail shows the key as key:<name>. A key is not a user, so it can't claim coupons.",
  examples: [
    { says: 'A key that schedules events, for 90 days', line: 'api-key create --name scheduler --role operator' },
    { says: 'A key for a dashboard, for a year', line: 'api-key create --name dashboard --role viewer --expires 365d' },
    {
      says: 'A key saved to a file that only you can read',
      line: "api-key create --name ci --role operator --reason 'nightly tests' | install -m 600 /dev/stdin ci.key",
    },
  ],
  args: {
    name: {
      type: 'string',
      value: 'name',
      summary: 'What the key is for: 1 to 64 characters from A-Z, a-z, 0-9, ., _ and -',
      required: true,
    },
    role: { type: 'string', value: 'role', summary: 'What the key may do', choices: roles, required: true },
    expires: {
      type: 'string',
      value: 'when',
      summary:
        'How long the key is valid, such as 30d, at most 366d; or a time with its offset; or never (default: 90d)',
    },
    ...requestArgs,
  },
  async handler(values, context) {
    const { name, role, requestId } = values;
    const { admin } = await context.api();
    const now = await context.moment();
    const created = await admin.createApiKey(
      { name, role, requestId, ...expiryOf(values.expires, now.nowMs) },
      whyOf(values),
    );
    const { key, id, expiresAtMs } = created;
    const until = expiresAtMs === null ? 'valid forever' : `valid until ${formatInstant(expiresAtMs, now.timeZone)}`;
    context.out.note(`API key ${name} (id ${id}), role ${role}, ${until}. The key is not shown again.`);
    context.out.show({
      json: () => ({ ...showApiKey(created), key }),
      terminal: () => key,
      plain: () => key,
    });
  },
});

/**
 * Sends the duration rather than the time at which the key expires, so that a repeated command sends the same request.
 */
function expiryOf(text: string | undefined, nowMs: number): Pick<CreateApiKeyInput, 'ttlSeconds' | 'expiresAtMs'> {
  if (text === undefined) return {};
  if (text === 'never') return { expiresAtMs: null };
  if (/^\d+[smhd]$/.test(text)) return { ttlSeconds: parseDuration(text, '--expires') / 1_000 };
  return { expiresAtMs: parseInstant(text, { flag: '--expires', timeZone: null, nowMs }) };
}
