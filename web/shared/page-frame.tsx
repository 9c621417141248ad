import type { ReactNode } from 'react';
import { catalogues, type Language } from './language.ts';
import { usePage } from './page-context.ts';

type Props = { place: string; withHeader: boolean; onLanguage: (language: Language) => void; children: ReactNode };

/** The header of every page for users: the shop's name, the navigation and the choice of language. */
export function PageFrame({ place, withHeader, onLanguage, children }: Props) {
  const { language, messages, mayShow, shopName, theme } = usePage();
  const { logoUrl } = theme;
  return (
    <>
      {withHeader ? (
        <>
          <a className="skip" href="#main">
            {messages.toMain}
          </a>
          <header className="top">
            <a className="site" href="/">
              {logoUrl !== undefined && mayShow(logoUrl) ? <img src={logoUrl} alt={shopName} /> : shopName}
            </a>
            <nav aria-label={messages.nav.label}>
              <a href="/" aria-current={place === 'list' ? 'page' : undefined}>
                {messages.nav.events}
              </a>
              <a href="/mine" aria-current={place === 'mine' ? 'page' : undefined}>
                {messages.nav.mine}
              </a>
            </nav>
            <div className="languages" role="group" aria-label={messages.nav.language}>
              {(Object.keys(catalogues) as Language[]).map((each) => (
                <button
                  key={each}
                  type="button"
                  lang={each}
                  aria-pressed={each === language}
                  onClick={() => onLanguage(each)}
                >
                  {catalogues[each].languageShort}
                </button>
              ))}
            </div>
          </header>
        </>
      ) : null}
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
