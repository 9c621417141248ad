import { z } from 'zod';
import { must } from '../messages/zod-issues.ts';
import { say } from '../messages/message.ts';
import { roles } from './actor.ts';

/** The fields of inputs about API keys, for the API and the CLI. */

/**
 * The name of an API key. It appears in the audit trail and on command lines, so only characters that need no quoting
 * are allowed.
 */
export const keyName = z
  .string(must(say('key_name')))
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, must(say('key_name')));

/** The id of an API key. Only ASCII is allowed, because the column in MySQL holds nothing else. */
export const keyId = z.string(must(say('key_id'))).regex(/^[A-Za-z0-9]{1,16}$/, must(say('key_id')));

export const role = z.enum(roles, must(say('one_of', { allowed: roles })));

export const ttlSeconds = z.int(must(say('whole_seconds'))).min(1, must(say('whole_seconds')));
