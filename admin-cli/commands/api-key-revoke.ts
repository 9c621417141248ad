import { showApiKey } from '../../core/wire/api-key-wire.ts';
import { requestArgs, whyOf } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { showOneApiKey } from '../show-api-keys.ts';

export const apiKeyRevoke = defineCommand({
  name: 'api-key revoke',
  summary: 'Revoke an API key.',
  details:
    'Within 3 seconds every process refuses the key, permanently. Keys that it created stay valid unless you pass --cascade, which also revokes these keys, the keys that they created, and so on. Revoking a key twice changes nothing.',
  examples: [
    { says: 'A leaked key', line: "api-key revoke KEY --reason 'was in a log'" },
    { says: 'A leaked key that may have created others', line: "api-key revoke KEY --cascade --reason 'was in a log'" },
  ],
  args: {
    id: { type: 'string', positional: true, value: 'key', summary: 'Id of the key, as `api-key list` shows it' },
    cascade: { type: 'boolean', summary: 'Also revoke the keys it created, the keys those created, and so on' },
    ...requestArgs,
  },
  async handler(values, context) {
    const { admin } = await context.api();
    const { id, requestId, cascade } = values;
    const asked = { id, requestId, ...(cascade && { cascade }) };
    const { alsoRevoked, ...key } = await admin.revokeApiKey(asked, whyOf(values));
    if (alsoRevoked !== undefined) context.out.note(formatAlsoRevoked(alsoRevoked));
    const shown = showOneApiKey(key, await context.moment());
    context.out.show(
      alsoRevoked === undefined ? shown : { ...shown, json: () => ({ ...showApiKey(key), alsoRevoked }) },
    );
  },
});

function formatAlsoRevoked(keys: readonly { id: string; name: string }[]): string {
  if (keys.length === 0) return 'The key had created no keys that were still valid.';
  return `Also revoked: ${keys.map(({ id, name }) => `${name} (id ${id})`).join(', ')}.`;
}
