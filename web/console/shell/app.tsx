import { DatesProvider } from '@mantine/dates';
import { notifications } from '@mantine/notifications';
import 'dayjs/locale/ko';
import { useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { chooseLanguage, preferredLanguage, type Language } from '../../shared/language.ts';
import { en } from '../messages/en.ts';
import { ko } from '../messages/ko.ts';
import { ConsoleContext } from './console-context.ts';
import { Frame } from './frame.tsx';
import { LeaveDialog } from './leave-dialog.tsx';
import type { Session, Signed } from './session.ts';
import { Restoring, SignIn } from './sign-in.tsx';
import { Views } from './views.tsx';

const messages = { en, ko };

/** How long a message stays on the screen. It stays longer while the pointer is on it. */
const messageMs = 8_000;

export function App({ session }: { session: Session }) {
  const [language, setLanguage] = useState(preferredLanguage);
  const { signed, expired, restoring } = useSyncExternalStore(session.subscribe, session.get);
  // The last admin who signed in. If the session expires, this admin's view stays behind the sign-in form with
  // everything typed in it.
  const last = useRef<Signed | null>(null);
  if (signed !== null) last.current = signed;
  else if (!expired) last.current = null;
  const shown = last.current;
  const words = messages[language];
  useLayoutEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const value = useMemo(() => {
    const closeButtonProps = { 'aria-label': words.common.dismiss };
    const announce = (message: string): void =>
      void notifications.show({ message, className: 'announced', autoClose: messageMs, closeButtonProps });
    return shown && { client: session.client, signed: shown, language, words, announce };
  }, [session, shown, language, words]);
  const choose = (chosen: Language): void => {
    chooseLanguage(chosen);
    setLanguage(chosen);
  };
  return (
    <DatesProvider settings={{ locale: language, firstDayOfWeek: language === 'ko' ? 0 : 1 }}>
      <Frame session={session} signed={signed} words={words} language={language} onLanguage={choose}>
        {restoring ? <Restoring words={words} /> : null}
        {signed === null && !restoring ? (
          <SignIn session={session} words={words} language={language} expired={expired} />
        ) : null}
        {value === null ? null : (
          <div hidden={signed === null} key={value.signed.name}>
            <ConsoleContext value={value}>
              <Views />
              <LeaveDialog />
            </ConsoleContext>
          </div>
        )}
      </Frame>
    </DatesProvider>
  );
}
