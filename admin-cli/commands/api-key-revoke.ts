import { actorOf, requestArgs } from '../change-args.ts';
import { defineCommand } from '../command.ts';
import { showOneApiKey } from '../show-api-keys.ts';

export const apiKeyRevoke = defineCommand({
  name: 'api-key revoke',
  summary: 'Refuse an API key from now on.',
  details:
    'Every process refuses it within 3 seconds, for good. Keys that it has made stay. Revoking twice changes nothing.',
  examples: [{ says: 'One that leaked', line: "api-key revoke KEY --reason 'was in a log'" }],
  args: {
    id: { type: 'string', positional: true, value: 'key', summary: 'Id of the key, as `api-key list` shows it' },
    ...requestArgs,
  },
  async handler(values, context) {
    const { admin } = await context.door();
    const { id, requestId } = values;
    const key = await admin.revokeApiKey({ id, requestId }, actorOf(values, context));
    context.out.show(showOneApiKey(key, await context.moment()));
  },
});
