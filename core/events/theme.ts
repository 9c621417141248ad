import { z } from 'zod';
import { say } from '../messages/message.ts';
import { issueOf, issueReason, must } from '../messages/zod-issues.ts';
import { readFormatted, withFormat, type Format } from '../runtime/stored-format.ts';
import { urlProblem } from './page-url.ts';

/**
 * The look of an event's pages: the shop's name, images, colour and shapes. The entries of an event's theme take
 * precedence over those of the installation's theme (`WEB_THEME`).
 *
 * In the domain, a theme is JSON text with its entries in a fixed order, so that themes can be compared as texts.
 */
export type Theme = {
  shopName?: string;
  /** A wide image for the header. */
  logoUrl?: string;
  /** A square image for the browser's tab. */
  iconUrl?: string;
  /** `#rrggbb`. The pages choose black or white for text on this colour. */
  accentColor?: string;
  radius?: 'square' | 'soft' | 'round';
  font?: 'system' | 'serif' | 'rounded';
  /** Whether the page has a header with the shop's name and navigation. */
  header?: boolean;
};

const url = z.string(must(say('url'))).superRefine((value, context) => {
  const problem = urlProblem(value);
  if (problem !== null) context.addIssue(issueOf([], problem));
});

const shopName = must(say('text_length', { what: 'a text', min: 1, max: 60 }));
const colour = must(say('colour'));
const radii = ['square', 'soft', 'round'] as const;
const fonts = ['system', 'serif', 'rounded'] as const;

const shape = {
  shopName: z
    .string(shopName)
    .trim()
    .min(1, shopName)
    .max(60, shopName)
    .refine((text) => !/\p{Cc}/u.test(text) && text.isWellFormed(), must(say('control_characters'))),
  logoUrl: url,
  iconUrl: url,
  accentColor: z
    .string(colour)
    .regex(/^#[0-9a-f]{6}$/i, colour)
    .toLowerCase(),
  radius: z.enum(radii, must(say('one_of', { allowed: radii }))),
  font: z.enum(fonts, must(say('one_of', { allowed: fonts }))),
  header: z.boolean(must(say('true_or_false'))),
};

const themeRule = must((input) =>
  typeof input === 'object' && input !== null && !Array.isArray(input)
    ? say('theme_entries', { allowed: Object.keys(shape), given: Object.keys(input) })
    : say('theme'),
);

/** A theme as input. Unknown entries are refused, and each issue says which values the entry may have. */
export const givenTheme = z.strictObject(shape, themeRule).exactPartial();

/** A theme as output. Entries that a later version added are dropped. */
export const themeOutput = z
  .object({
    ...{ shopName: z.string(), logoUrl: z.string(), iconUrl: z.string(), accentColor: z.string() },
    ...{ radius: z.enum(radii), font: z.enum(fonts) },
    header: z.boolean(),
  })
  .exactPartial();

const format: Format = { newest: 1, of: 'a theme' };

/**
 * Parses a stored theme. Throws `NewerFormat` if a newer version wrote it, and another error if the text is not a
 * theme.
 */
export const parseTheme = (json: string): Theme => themeOutput.parse(readFormatted(format, JSON.parse(json)));

/** A theme as text; null if it has no entries. */
export function themeJson(theme: Theme): string | null {
  const entries = Object.keys(shape).flatMap((name) => {
    const value = theme[name as keyof Theme];
    return value === undefined ? [] : [[name, value]];
  });
  return entries.length === 0 ? null : JSON.stringify(withFormat(format, Object.fromEntries(entries) as Theme));
}

/** The zod issues of a theme given as JSON; empty if the theme is valid. */
export function themeProblems(json: string): ReturnType<typeof issueOf>[] {
  let value: unknown;
  try {
    const { format: _format, ...theme } = z.looseObject({}).parse(JSON.parse(json));
    value = theme;
  } catch {
    return [issueOf([], say('theme'))];
  }
  const issues = givenTheme.safeParse(value).error?.issues ?? [];
  return issues.map((issue) => {
    const { code, params } = issueReason(issue) ?? { code: 'theme', params: {} };
    return issueOf(issue.path, { code, params, message: issue.message });
  });
}
