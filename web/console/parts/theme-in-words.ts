import type { Theme } from '../../shared/theme.ts';
import type { ConsoleMessages } from '../messages/en.ts';

/** A theme's entries as people read them: "Shop name: HARU · Corners: Round". */
export function themeInWords({ forms: { theme: texts } }: ConsoleMessages, theme: Theme): string {
  const { shopName, logoUrl, iconUrl, accentColor, radius, font, header } = theme;
  const entries: [string, string | undefined][] = [
    [texts.shopName, shopName],
    [texts.accentColor, accentColor],
    [texts.radius, radius && texts.radii[radius]],
    [texts.font, font && texts.fonts[font]],
    [texts.header, header === undefined ? undefined : header ? texts.headerShown : texts.headerHidden],
    [texts.logoUrl, logoUrl],
    [texts.iconUrl, iconUrl],
  ];
  return entries.flatMap(([label, value]) => (value === undefined ? [] : [`${label}: ${value}`])).join(' · ');
}
