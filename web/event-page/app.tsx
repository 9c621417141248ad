import { useLayoutEffect, useMemo, useState } from 'react';
import { catalogues, chooseLanguage, type Language } from '../shared/language.ts';
import { PageContext, type Page } from '../shared/page-context.ts';
import { PageFrame } from '../shared/page-frame.tsx';
import { applyTheme, servedTheme, type Theme } from '../shared/theme.ts';
import { isEmbedded } from './embed.ts';
import { EventList } from './event-list.tsx';
import { EventPage } from './event-page.tsx';
import { imageRule } from './image-rule.ts';
import { MyCoupons } from './my-coupons.tsx';
import type { NextInstant } from './next-instant.ts';
import type { SeenEvent } from './queries.ts';
import type { Query } from './query.ts';

type Parts = Pick<Page, 'client' | 'clock' | 'identity'> & { next: NextInstant };

/** The page that the address names. */
export type Shown = { page: 'list' } | { page: 'mine' } | { page: 'event'; eventId: string; query: Query<SeenEvent> };

const served = servedTheme();
const mayShow = imageRule();

type Props = { shown: Shown; parts: Parts; preferred: Language };

/** The shown event's theme. Null if the event has none or has not been read yet. */
const firstTheme = (shown: Shown): Theme | null =>
  (shown.page === 'event' ? shown.query.state().data?.event.theme : null) ?? null;

export function App({ shown, parts, preferred }: Props) {
  const [language, setLanguage] = useState(preferred);
  // The theme is passed as JSON, so that an equal theme does not cause a redraw.
  const [eventTheme, setEventTheme] = useState(() => JSON.stringify(firstTheme(shown)));
  const theme = useMemo(() => ({ ...served, ...(JSON.parse(eventTheme) as Theme | null) }), [eventTheme]);
  // This runs before the paint, so that no screen reader reads the new texts as the old language.
  useLayoutEffect(() => {
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
      <PageFrame place={shown.page} withHeader={!isEmbedded && theme.header !== false} onLanguage={choose}>
        {shown.page === 'event' ? (
          <EventPage eventId={shown.eventId} query={shown.query} next={parts.next} />
        ) : shown.page === 'mine' ? (
          <MyCoupons />
        ) : (
          <EventList next={parts.next} />
        )}
      </PageFrame>
    </PageContext>
  );
}
