import type { AdminEvent } from '../shell/session.ts';

type Theme = NonNullable<AdminEvent['theme']>;

/** In the order in which a theme is stored, so that equal themes are equal texts. */
const entries = ['shopName', 'logoUrl', 'iconUrl', 'accentColor', 'radius', 'font', 'header'] as const;

/** The entries of a theme, from the text that a draft keeps. */
export function readTheme(text: string): Theme {
  try {
    const theme: unknown = JSON.parse(text);
    return typeof theme === 'object' && theme !== null ? theme : {};
  } catch {
    return {};
  }
}

/** A theme as a draft keeps it, with one entry changed. '' if it has no entries left. */
export function withEntry<Name extends keyof Theme>(text: string, name: Name, value: Theme[Name] | undefined): string {
  const theme: Theme = { ...readTheme(text), [name]: value };
  const kept = entries.flatMap((each) => {
    const held = theme[each];
    return held === undefined || held === '' ? [] : [[each, held]];
  });
  return kept.length === 0 ? '' : JSON.stringify(Object.fromEntries(kept));
}
