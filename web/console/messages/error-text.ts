import type { Language } from '../../shared/language.ts';
import { troubleOf, type Issue } from '../shell/session.ts';
import type { ConsoleMessages } from './en.ts';
import { missingField, problems } from './ko/problems/problems.ts';
import { showFor, type NameOfEvent, type Show } from './show.ts';

/**
 * Explains in the reader's language why a call failed, from the code and parameters of the server's message. If the
 * outcome of the call is unknown, adds that repeating the call is safe; the Korean sentences already say so.
 */
export function errorText(words: ConsoleMessages, language: Language, error: unknown, nameOf?: NameOfEvent): string {
  const { code, problem, message } = troubleOf(error);
  const translated = language === 'en' ? null : reasonText(problem, showFor(words, language, nameOf));
  if (translated !== null) return translated;
  const again = code === null || code === 'SERVICE_UNAVAILABLE' || code === 'TOO_MANY_REQUESTS';
  const said = language === 'en' ? message : byKind(words, code);
  return again ? `${said} ${words.errors.sendAgain}` : said;
}

/** Explains in the reader's language what is wrong with a field. */
export const issueText = (words: ConsoleMessages, language: Language, issue: Issue): string =>
  language === 'en' ? issue.message : (reasonText(issue, showFor(words, language)) ?? words.errors.invalid);

type Reason = { code?: string | undefined; params?: Record<string, unknown> | undefined };

/** Returns the Korean sentence for the server's code, or null if this console does not know the code. */
export function reasonText(reason: Reason | null, show: Show): string | null {
  const { code = '', params = {} } = reason ?? {};
  if (code === 'missing') {
    const { rule, ...rest } = params;
    const needed = typeof rule === 'string' ? reasonText({ code: rule, params: rest }, show) : null;
    return [missingField, needed].filter((text) => text !== null).join(' ');
  }
  if (!Object.hasOwn(problems, code)) return null;
  const sentence = problems[code as keyof typeof problems] as (params: object, show: Show) => string;
  try {
    return sentence(params, show);
  } catch {
    // A server that runs another version may send other parameters.
    return null;
  }
}

/** The text for an error whose code has no sentence here. */
function byKind({ errors }: ConsoleMessages, code: string | null): string {
  return errors.kinds[code !== null && code in errors.kinds ? (code as keyof typeof errors.kinds) : 'unreachable'];
}
