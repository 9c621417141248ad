import type { EventView } from '../../shared/client.ts';
import { catalogues, type Language } from '../../shared/language.ts';

/** The stage of the event that the preview shows, such as before the opening. */
export type PreviewedState = 'before' | 'open' | 'won';

/** What the console sends to the preview: the event to draw, and how. */
export type PreviewedPage = { language: Language; state: PreviewedState; event: EventView };

/** Reads a message from the page around the preview. Null if the message is not for the preview. */
export function readPreviewed(data: unknown): PreviewedPage | null {
  if (typeof data !== 'object' || data === null || !('type' in data) || data.type !== 'firstcome:preview') return null;
  const { language, state, event } = data as unknown as PreviewedPage;
  return Object.hasOwn(catalogues, language) ? { language, state, event } : null;
}
