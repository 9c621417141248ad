import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { catalogues, chooseLanguage, preferredLanguage, type Language } from '../shared/language.ts';
import { ConsoleContext } from './console-context.ts';
import { ConsoleViews } from './console-views.tsx';
import { en } from './messages/en.ts';
import { ko } from './messages/ko.ts';
import { useHash } from './route.ts';
import type { Session, Signed } from './session.ts';
import { SignIn } from './sign-in.tsx';

const messages = { en, ko };

export function App({ session }: { session: Session }) {
  const [language, setLanguage] = useState(preferredLanguage);
  // An announcement is shown only in the view where it was made.
  const [said, setSaid] = useState({ text: '', hash: '' });
  const hash = useHash();
  const announce = useCallback((text: string) => setSaid({ text, hash: location.hash }), []);
  const { signed, expired } = useSyncExternalStore(session.subscribe, session.get);
  // The last admin who signed in. Their view stays behind the sign-in, with everything they have typed.
  const last = useRef<Signed | null>(null);
  if (signed !== null) last.current = signed;
  else if (!expired) last.current = null;
  const shown = last.current;
  const words = messages[language];
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = `${words.title} · Firstcome`;
  }, [language, words]);
  const value = useMemo(
    () => shown && { client: session.client, signed: shown, language, words, announce },
    [session, shown, language, words, announce],
  );
  const choose = (chosen: Language): void => {
    chooseLanguage(chosen);
    setLanguage(chosen);
    announce('');
  };
  return (
    <>
      <a className="skip" href="#main" onClick={toMain}>
        {words.toMain}
      </a>
      <header className="top">
        <a className="site" href="#/">
          {words.title}
        </a>
        {signed === null ? null : (
          <>
            <nav aria-label={words.nav.label}>
              <a href="#/">{words.nav.events}</a>
              <a href="#/audit">{words.nav.audit}</a>
              <a href="#/exports">{words.nav.exports}</a>
              {signed.hasQueues ? <a href="/admin/queues">{words.nav.queues}</a> : null}
            </nav>
            <span className="who">
              {signed.name} · <b data-role={signed.role}>{words.roles[signed.role]}</b>
            </span>
            <button type="button" className="quiet" onClick={session.signOut}>
              {words.signOut}
            </button>
          </>
        )}
        <div className="languages" role="group" aria-label={words.language}>
          {(Object.keys(catalogues) as Language[]).map((each) => (
            <button key={each} type="button" lang={each} aria-pressed={each === language} onClick={() => choose(each)}>
              {catalogues[each].language}
            </button>
          ))}
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <p role="status" className="announced">
          {said.hash === hash && signed !== null ? said.text : ''}
        </p>
        {signed === null ? <SignIn session={session} words={words} expired={expired} /> : null}
        {value === null ? null : (
          <div hidden={signed === null} key={value.signed.name}>
            <ConsoleContext value={value}>
              <ConsoleViews />
            </ConsoleContext>
          </div>
        )}
      </main>
    </>
  );
}

/** The hash is the route, so a plain link to the content would change the view. Move the focus in code instead. */
function toMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
