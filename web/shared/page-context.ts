import { createContext, useContext } from 'react';
import type { FirstcomeClient } from './client.ts';
import type { ServerClock } from './clock.ts';
import type { Identity } from './identity.ts';
import type { Language } from './language.ts';
import type { Messages } from './messages/en.ts';

/** What every part of a page for users works with; made once, in main.tsx. */
export type Page = {
  client: FirstcomeClient;
  clock: ServerClock;
  identity: Identity;
  language: Language;
  messages: Messages;
};

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error('There is no page around this component.');
  return page;
}
