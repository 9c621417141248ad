import { accentColours, defaultAccent } from './accent.ts';
import type { EventView } from './client.ts';

/** How the pages look: of the whole installation, and of one event. */
export type Theme = NonNullable<EventView['theme']>;

/** What the served page says of the look: that of the installation, with the event's own where it is an event's page. */
export function servedTheme(): Theme {
  const content = document.querySelector<HTMLMetaElement>('meta[name=firstcome-theme]')?.content ?? '';
  try {
    return content === '' ? {} : (JSON.parse(content) as Theme);
  } catch {
    return {};
  }
}

/** Puts a theme on the page. Whatever colour it has, what is written on it or in it can be read. */
export function applyTheme({ accentColor, radius, font }: Theme): void {
  const { style, dataset } = document.documentElement;
  const colours = accentColours(accentColor ?? defaultAccent);
  for (const [name, value] of Object.entries(colours)) style.setProperty(name, value);
  if (radius === undefined) delete dataset['radius'];
  else dataset['radius'] = radius;
  if (font === undefined) delete dataset['font'];
  else dataset['font'] = font;
}
