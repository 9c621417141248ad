import { reasonText } from '../messages/error-text.ts';
import { showFor } from '../messages/show.ts';
import { useConsole } from '../shell/console-context.ts';
import { useEventNames } from './event-names.ts';

type Reason = { code: string; params: Record<string, unknown> };

/**
 * Returns a function that translates the server's messages for the reader. In English it returns the message itself,
 * otherwise the sentences for its codes.
 */
export function useServerText(): (english: string, reasons: readonly (Reason | null)[]) => string {
  const { words, language } = useConsole();
  const nameOf = useEventNames();
  const show = showFor(words, language, nameOf);
  return (english, reasons) => {
    if (language === 'en') return english;
    const said = reasons.map((reason) => reasonText(reason, show)).filter((text) => text !== null);
    return said.length === 0 ? words.errors.noDetails : said.join(' ');
  };
}
