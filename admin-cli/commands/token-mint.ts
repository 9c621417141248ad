import { roles } from '../../core/access/actor.ts';
import { createTokenMint } from '../../core/access/mint-token.ts';
import { spanInWords } from '../../core/access/token-rules.ts';
import { defineCommand } from '../command.ts';
import { formatInstant } from '../format-time.ts';
import { parseDuration } from '../parse-duration.ts';
import { readSigning } from '../settings.ts';
import { UsageError } from '../usage-error.ts';

/** The longest life of a user's token. It is limited because such a token can't be revoked. */
const userMaxMs = 366 * 86_400_000;

export const tokenMint = defineCommand({
  name: 'token mint',
  summary: 'Create a token that the API accepts.',
  details: 'Only the token goes to stdout. Anyone who has it can act as this user, so treat it like a password.',
  examples: [
    { says: 'A token for a user, for an hour', line: 'token mint --sub kim' },
    { says: 'A token for an operator, for a day', line: 'token mint --sub lee --role operator --ttl 1d' },
    {
      says: 'Claim with curl',
      line: `token mint --sub kim | xargs -I{} curl -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' -d '{"eventId":"EVENT"}' http://127.0.0.1:3000/trpc/claim.submit`,
    },
  ],
  args: {
    sub: { type: 'string', value: 'id', summary: 'The user id', required: true },
    role: { type: 'string', value: 'role', summary: 'What an admin may do; users have no role', choices: roles },
    ttl: { type: 'string', value: 'duration', summary: 'How long the token is valid: 90s, 30m, 1h, 7d (default: 1h)' },
  },
  handler({ sub, role, ttl = '1h' }, { io, out }) {
    const ttlMs = parseDuration(ttl, '--ttl');
    const { secret, rules } = readSigning(io.env, io.root);
    if (role !== undefined && ttlMs > rules.roleMaxMs) {
      throw new UsageError(
        `--ttl ${ttl} is too long: a token with a role may live for at most ${spanInWords(rules.roleMaxMs)} (ROLE_TOKEN_MAX_SECONDS). For a machine, create an API key: api-key create.`,
      );
    }
    if (ttlMs > userMaxMs) throw new UsageError(`--ttl ${ttl} is too long: a token may live for at most 366d.`);
    const mint = createTokenMint(secret, rules);
    const nowMs = io.nowMs();
    const token = mint({ sub, role }, ttlMs, nowMs);
    const expiresAtMs = nowMs + ttlMs;
    out.note(
      `Token of ${sub}${role === undefined ? '' : `, role ${role}`}, until ${formatInstant(expiresAtMs, io.timeZone)}.`,
    );
    out.show({
      json: () => ({ token, sub, role: role ?? null, expiresAt: new Date(expiresAtMs).toISOString() }),
      terminal: () => token,
      plain: () => token,
    });
  },
});
