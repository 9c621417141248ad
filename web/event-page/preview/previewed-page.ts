import type { EventView } from '../../shared/client.ts';
import { catalogues, type Language } from '../../shared/language.ts';

/** The moment of an event that a preview shows. */
export type PreviewedState = 'before' | 'open' | 'won';

/** What the console asks the preview of an event's page to show. */
export type PreviewedPage = { language: Language; state: PreviewedState; event: EventView };

/** Reads a message from the surrounding page; null if the message is not about the preview. */
export function readPreviewed(data: unknown): PreviewedPage | null {
  if (typeof data !== 'object' || data === null || !('type' in data) || data.type !== 'firstcome:preview') return null;
  const { language, state, event } = data as unknown as PreviewedPage;
  return Object.hasOwn(catalogues, language) ? { language, state, event } : null;
}
