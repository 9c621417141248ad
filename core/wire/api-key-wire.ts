import { z } from 'zod';
import { roles } from '../access/actor.ts';
import type { ApiKeyView } from '../access/api-key.ts';
import type { RevokedApiKey } from '../admin/api-key-admin.ts';
import { isoTime, isoTimeOrNull, readTimeOrNull, timeOutput } from '../runtime/iso-time.ts';

/** An API key as admins see it, without the secret key itself. */
export const apiKeyOutput = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  state: z.enum(['live', 'expired', 'revoked']),
  createdBy: z.string(),
  createdAt: timeOutput,
  expiresAt: timeOutput.nullable(),
  lastUsedAt: timeOutput.nullable(),
  revokedAt: timeOutput.nullable(),
});

/** The answer to a call that creates a key. Only this answer ever contains the whole key. */
export const createdApiKeyOutput = apiKeyOutput.extend({ key: z.string() });

/** With `cascade`, lists the other keys that the same call revoked. */
export const revokedApiKeyOutput = apiKeyOutput.extend({
  alsoRevoked: z.array(z.object({ id: z.string(), name: z.string() })).exactOptional(),
});

export const showRevokedApiKey = ({ alsoRevoked, ...key }: RevokedApiKey): z.output<typeof revokedApiKeyOutput> => ({
  ...showApiKey(key),
  ...(alsoRevoked !== undefined && { alsoRevoked }),
});

export const showApiKey = (key: ApiKeyView): z.output<typeof apiKeyOutput> => ({
  ...{ id: key.id, name: key.name, role: key.role, state: key.state, createdBy: key.createdBy },
  createdAt: isoTime(key.createdAtMs),
  expiresAt: isoTimeOrNull(key.expiresAtMs),
  lastUsedAt: isoTimeOrNull(key.lastUsedAtMs),
  revokedAt: isoTimeOrNull(key.revokedAtMs),
});

/** An API key as a client reads it from an answer. */
export const apiKeyInput = apiKeyOutput.transform(readApiKeyView);
export const createdApiKeyInput = createdApiKeyOutput.transform(({ key, ...view }) => ({
  ...readApiKeyView(view),
  key,
}));

export const revokedApiKeyInput = revokedApiKeyOutput.transform(({ alsoRevoked, ...view }) => ({
  ...readApiKeyView(view),
  ...(alsoRevoked !== undefined && { alsoRevoked }),
}));

function readApiKeyView(shown: z.output<typeof apiKeyOutput>): ApiKeyView {
  const { createdAt, expiresAt, lastUsedAt, revokedAt, ...same } = shown;
  return {
    ...same,
    createdAtMs: Date.parse(createdAt),
    expiresAtMs: readTimeOrNull(expiresAt),
    lastUsedAtMs: readTimeOrNull(lastUsedAt),
    revokedAtMs: readTimeOrNull(revokedAt),
  };
}
