import { accentColours, defaultAccent } from './accent.ts';
import type { EventView } from './client.ts';

/** The colours, corners, fonts and names of the pages. */
export type Theme = NonNullable<EventView['theme']>;

/**
 * Reads the theme that the served page contains: the installation's theme or, on an event's page, that theme combined
 * with the event's own.
 */
export function servedTheme(): Theme {
  const content = document.querySelector<HTMLMetaElement>('meta[name=firstcome-theme]')?.content ?? '';
  try {
    return content === '' ? {} : (JSON.parse(content) as Theme);
  } catch {
    return {};
  }
}

/** Applies a theme to the page. Text in the accent colour and on it stays readable. */
export function applyTheme({ accentColor, radius, font }: Theme): void {
  const { style, dataset } = document.documentElement;
  const colours = accentColours(accentColor ?? defaultAccent);
  for (const [name, value] of Object.entries(colours)) style.setProperty(name, value);
  if (radius === undefined) delete dataset['radius'];
  else dataset['radius'] = radius;
  if (font === undefined) delete dataset['font'];
  else dataset['font'] = font;
}
