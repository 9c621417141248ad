import { errorText } from '../messages/error-text.ts';
import { useConsole } from '../shell/console-context.ts';
import { useEventNames } from './event-names.ts';
import { Notice } from './notice.tsx';

/** Shows why a call failed, in the reader's language. Shows nothing if there is no error. */
export function TroubleNote({ error }: { error: unknown }) {
  const { words, language } = useConsole();
  const nameOf = useEventNames();
  if (error === null || error === undefined) return null;
  return <Notice kind="trouble">{errorText(words, language, error, nameOf)}</Notice>;
}
