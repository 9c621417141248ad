import { accentColours, defaultAccent } from './accent.ts';
import type { EventView } from './client.ts';

/** The look of the pages. */
export type Theme = NonNullable<EventView['theme']>;

/** The theme in the served page: the installation's, with the event's own on an event's page. */
export function servedTheme(): Theme {
  const content = document.querySelector<HTMLMetaElement>('meta[name=firstcome-theme]')?.content ?? '';
  try {
    return content === '' ? {} : (JSON.parse(content) as Theme);
  } catch {
    return {};
  }
}

/** Applies a theme to the page. Text in the accent and on the accent stays readable. */
export function applyTheme({ accentColor, radius, font }: Theme): void {
  const { style, dataset } = document.documentElement;
  const colours = accentColours(accentColor ?? defaultAccent);
  for (const [name, value] of Object.entries(colours)) style.setProperty(name, value);
  if (radius === undefined) delete dataset['radius'];
  else dataset['radius'] = radius;
  if (font === undefined) delete dataset['font'];
  else dataset['font'] = font;
}
