import { z } from 'zod';
import { says } from '../events/fields.ts';
import { roles } from './actor.ts';

/** The fields of inputs about API keys, for the API and the CLI. */

/** The name of an API key. It is part of the actor in the audit trail, and of command lines. */
export const keyName = z
  .string(says('must be a name of 1 to 64 of A-Z, a-z, 0-9, ., _ and -'))
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    error: 'must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -, and begin with a letter or digit',
  });

/** The id of an API key. This checks its form only; MySQL compares ids byte by byte. */
export const keyId = z
  .string(says('must be the id of an API key'))
  .regex(/^[A-Za-z0-9]{1,16}$/, 'must be the id of an API key, as their list shows it');

export const role = z.enum(roles, says(`must be one of ${roles.join(', ')}`));

export const ttlSeconds = z
  .int(says('must be a whole number of seconds, 1 or more'))
  .min(1, 'must be a whole number of seconds, 1 or more');
