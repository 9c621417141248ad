import { z } from 'zod';
import { says } from '../events/fields.ts';
import { roles } from './actor.ts';

/** The fields that inputs about API keys are made of, whichever door they come through. */

/** Of an API key: a part of the actor in the audit trail, and of a command's line. */
export const keyName = z
  .string(says('must be a name of 1 to 64 of A-Z, a-z, 0-9, ., _ and -'))
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    error: 'must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -, and begin with a letter or digit',
  });

/** Of an API key; well formed is what it is for a MySQL that compares bytes. */
export const keyId = z
  .string(says('must be the id of an API key'))
  .regex(/^[A-Za-z0-9]{1,16}$/, 'must be the id of an API key, as their list shows it');

export const role = z.enum(roles, says(`must be one of ${roles.join(', ')}`));

export const ttlSeconds = z
  .int(says('must be a whole number of seconds, 1 or more'))
  .min(1, 'must be a whole number of seconds, 1 or more');
