import type { Language } from '../../shared/language.ts';
import { troubleOf, type Issue } from '../shell/session.ts';
import type { ConsoleMessages } from './en.ts';

/**
 * Says why a call failed, in the reader's language: from the code and parameters of the server's message. If the
 * outcome of the call is unknown, adds that the same call may be sent again.
 */
export function errorText(words: ConsoleMessages, language: Language, error: unknown): string {
  const { code, problem, message } = troubleOf(error);
  const again = code === null || code === 'SERVICE_UNAVAILABLE' || code === 'TOO_MANY_REQUESTS';
  const said = language === 'en' ? message : (inWords(words, problem) ?? byKind(words, code));
  return again ? `${said} ${words.errors.sendAgain}` : said;
}

/** Says what is wrong with a field, in the reader's language. */
export const issueText = (words: ConsoleMessages, language: Language, issue: Issue): string =>
  language === 'en' ? issue.message : (inWords(words, issue) ?? words.errors.invalid);

type Problem = { code?: string | undefined; params?: Record<string, unknown> | undefined };

function inWords({ errors }: ConsoleMessages, problem: Problem | null): string | null {
  const sentences: Partial<Record<string, (params: never) => string>> = errors.sentences;
  const sentence = sentences[problem?.code ?? ''];
  return sentence === undefined ? null : sentence((problem?.params ?? {}) as never);
}

/** What can be said of an error whose code has no sentence here. */
function byKind({ errors }: ConsoleMessages, code: string | null): string {
  return errors.kinds[code !== null && code in errors.kinds ? (code as keyof typeof errors.kinds) : 'unreachable'];
}
