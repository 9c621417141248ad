import { defineCommand } from '../command.ts';
import { showApiKeys } from '../show-api-keys.ts';

export const apiKeyList = defineCommand({
  name: 'api-key list',
  summary: 'Show the API keys, newest first.',
  details:
    'Shows all keys that are not revoked, then the last 100 revoked keys. The secret keys are stored nowhere, so they are not shown.',
  examples: [{ says: 'Which keys have access', line: 'api-key list' }],
  args: {},
  async handler(_values, { api, moment, out }) {
    const { admin } = await api();
    const keys = await admin.listApiKeys();
    if (keys.length === 0) out.note('There are no API keys. Create one with: coupon-admin api-key create');
    out.show(showApiKeys(keys, await moment()));
  },
});
