import { z } from 'zod';
import { must } from '../messages/zod-issues.ts';
import { say } from '../messages/message.ts';
import { roles } from './actor.ts';

/**
 * The name of an API key. It appears in the audit trail and on command lines, so it has no characters that need
 * quoting.
 */
export const keyName = z
  .string(must(say('key_name')))
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, must(say('key_name')));

/** ASCII, as in MySQL's column. */
export const keyId = z.string(must(say('key_id'))).regex(/^[A-Za-z0-9]{1,16}$/, must(say('key_id')));

export const role = z.enum(roles, must(say('one_of', { allowed: roles })));

export const ttlSeconds = z.int(must(say('whole_seconds'))).min(1, must(say('whole_seconds')));
