import type { ConsoleMessages } from './en.ts';
import { common } from './ko/common.ts';
import { shell } from './ko/shell.ts';
import { errors } from './ko/errors.ts';
import { access } from './ko/access.ts';
import { events } from './ko/events.ts';
import { forms } from './ko/forms.ts';
import { report } from './ko/report.ts';
import { sale } from './ko/sale.ts';
import { people } from './ko/people.ts';
import { audit } from './ko/audit.ts';
import { operations } from './ko/operations.ts';

export const ko: ConsoleMessages = {
  common,
  shell,
  errors,
  access,
  events,
  forms,
  sale,
  report,
  people,
  audit,
  operations,
};
