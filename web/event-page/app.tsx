import { useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { catalogues, chooseLanguage, preferredLanguage, type Language } from '../shared/language.ts';
import { PageContext, type Page } from '../shared/page-context.ts';
import { PageFrame } from '../shared/page-frame.tsx';
import { applyTheme, servedTheme, type Theme } from '../shared/theme.ts';
import { isEmbedded } from './embed.ts';
import { EventList } from './event-list.tsx';
import { EventPage } from './event-page.tsx';
import { imageRule } from './image-rule.ts';
import { MyCoupons } from './my-coupons.tsx';
import type { NextInstant } from './next-instant.ts';
import type { Place } from './place.ts';

type Parts = Pick<Page, 'client' | 'clock' | 'identity'> & { next: NextInstant };

const served = servedTheme();
const mayShow = imageRule();

export function App({ place, parts }: { place: Place; parts: Parts }) {
  const [language, setLanguage] = useState(preferredLanguage);
  const [eventTheme, setEventTheme] = useState<Theme | null>(null);
  const theme = useMemo(() => ({ ...served, ...eventTheme }), [eventTheme]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useLayoutEffect(() => applyTheme(theme), [theme]);
  const page = useMemo(() => {
    const messages = catalogues[language];
    const shopName = theme.shopName ?? messages.site;
    return { ...parts, language, messages, theme, setEventTheme, shopName, mayShow };
  }, [parts, language, theme]);
  const choose = (chosen: Language): void => {
    chooseLanguage(chosen);
    setLanguage(chosen);
  };
  return (
    <PageContext value={page}>
      <PageFrame place={place.page} withHeader={!isEmbedded && theme.header !== false} onLanguage={choose}>
        {place.page === 'event' ? (
          <EventPage eventId={place.eventId} next={parts.next} />
        ) : place.page === 'mine' ? (
          <MyCoupons />
        ) : (
          <EventList next={parts.next} />
        )}
      </PageFrame>
    </PageContext>
  );
}
