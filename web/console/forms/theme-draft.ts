import type { AdminEvent } from '../shell/session.ts';

type Theme = NonNullable<AdminEvent['theme']>;

/** The entries in the order in which a theme is stored, so that two equal themes are stored as the same text. */
const entries = ['shopName', 'logoUrl', 'iconUrl', 'accentColor', 'radius', 'font', 'header'] as const;

/** Reads a theme's entries from the draft's text. */
export function readTheme(text: string): Theme {
  try {
    const theme: unknown = JSON.parse(text);
    return typeof theme === 'object' && theme !== null ? theme : {};
  } catch {
    return {};
  }
}

/** Changes one entry of a theme and returns the draft's text. '' if the theme has no entries left. */
export function withEntry<Name extends keyof Theme>(text: string, name: Name, value: Theme[Name] | undefined): string {
  const theme: Theme = { ...readTheme(text), [name]: value };
  const kept = entries.flatMap((each) => {
    const held = theme[each];
    return held === undefined || held === '' ? [] : [[each, held]];
  });
  return kept.length === 0 ? '' : JSON.stringify(Object.fromEntries(kept));
}
