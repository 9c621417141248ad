/** Derives colours from a theme's accent colour. Text in the accent colour and text on it are both readable. */

export const defaultAccent = '#d6291e';

/** For each colour scheme, the background on which text is hardest to read. */
const grounds = { light: '#f4f4f2', dark: '#1b1e22' };
/** The contrast that WCAG AA requires is 4.5. The rest is a margin for rounding. */
const enough = 4.6;
/**
 * A colour with less contrast than this, such as yellow on white, becomes a muddy brown before text in it is readable.
 * The page's own text colour then replaces it.
 */
const tooFaint = 2;
/** The colour of text on a light page. `page.css` uses the same. */
const pageText = '#16181d';

type Colours = Record<'--accent' | '--on-accent' | '--accent-ink-light' | '--accent-ink-dark', string>;

/**
 * Returns the accent colour, the colour of text on it, and, for each colour scheme, the colour of text in the accent
 * colour.
 */
export function accentColours(accent: string): Colours {
  const isFaint = contrast(accent, grounds.light) < tooFaint;
  return {
    '--accent': accent,
    '--on-accent': contrast(accent, '#ffffff') >= 4.5 ? '#ffffff' : '#000000',
    '--accent-ink-light': isFaint ? pageText : readableOn(grounds.light, accent, '#000000'),
    '--accent-ink-dark': readableOn(grounds.dark, accent, '#ffffff'),
  };
}

/** Mixes `colour` with more and more of `end` until it is readable on `ground`. */
function readableOn(ground: string, colour: string, end: string): string {
  for (let part = 0; part < 1; part += 0.05) {
    const mixed = mix(colour, end, part);
    if (contrast(mixed, ground) >= enough) return mixed;
  }
  return end;
}

type Rgb = [red: number, green: number, blue: number];

const rgb = (hex: string): Rgb => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as Rgb;

const mix = (from: string, to: string, part: number): string => {
  const [end, start] = [rgb(to), rgb(from)];
  const mixed = start.map((value, at) => Math.round(value + ((end[at] ?? 0) - value) * part));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
};

/** Relative luminance and contrast, as WCAG 2 defines them. */
function luminance(hex: string): number {
  const [red, green, blue] = rgb(hex).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
