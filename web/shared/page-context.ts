import { createContext, useContext } from 'react';
import type { FirstcomeClient } from './client.ts';
import type { ServerClock } from './clock.ts';
import type { Identity } from './identity.ts';
import type { Language } from './language.ts';
import type { Messages } from './messages/en.ts';
import type { Theme } from './theme.ts';

export type Page = {
  client: FirstcomeClient;
  clock: ServerClock;
  identity: Identity;
  language: Language;
  messages: Messages;
  /** The installation's theme. The shown event's theme takes precedence. */
  theme: Theme;
  /** Sets the shown event's theme, as JSON. `null` removes it. */
  setEventTheme: (theme: string) => void;
  shopName: string;
  /** Whether this page may load a picture from this address. */
  mayShow: (imageUrl: string) => boolean;
};

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error('There is no page around this component.');
  return page;
}
