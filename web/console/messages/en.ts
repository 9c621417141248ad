import { common } from './en/common.ts';
import { shell } from './en/shell.ts';
import { errors } from './en/errors.ts';
import { access } from './en/access.ts';
import { events } from './en/events.ts';
import { forms } from './en/forms.ts';
import { report } from './en/report.ts';
import { sale } from './en/sale.ts';
import { people } from './en/people.ts';
import { audit } from './en/audit.ts';
import { operations } from './en/operations.ts';

/** Every text in the console, by area. A translation that lacks one of these keys does not compile. */
export const en = { common, shell, errors, access, events, forms, sale, report, people, audit, operations };

type Same<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { [K in keyof T]: Same<T[K]> };

export type ConsoleMessages = Same<typeof en>;
