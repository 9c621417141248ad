import { useEffect, useMemo, useState } from 'react';
import { catalogues, chooseLanguage, preferredLanguage, type Language } from '../shared/language.ts';
import { PageContext, type Page } from '../shared/page-context.ts';
import { PageFrame } from '../shared/page-frame.tsx';
import { EventList } from './event-list.tsx';
import { EventPage } from './event-page.tsx';
import { MyCoupons } from './my-coupons.tsx';
import type { NextInstant } from './next-instant.ts';
import type { Place } from './place.ts';

type Parts = Omit<Page, 'language' | 'messages'> & { next: NextInstant };

export function App({ place, parts }: { place: Place; parts: Parts }) {
  const [language, setLanguage] = useState(preferredLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const page = useMemo(() => ({ ...parts, language, messages: catalogues[language] }), [parts, language]);
  const choose = (chosen: Language): void => {
    chooseLanguage(chosen);
    setLanguage(chosen);
  };
  return (
    <PageContext value={page}>
      <PageFrame place={place.page} onLanguage={choose}>
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
